// Films like the ones named, from the quickstart's server: neighbours [--server HOST:PORT] TITLE...
//
// No client of ours: stock grpc-go, and stubs that protoc makes from the repository's protos (see build.sh).
package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"strconv"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/status"

	v1 "neighbours/v1"
)

const movies = "samples/movielens-latest-small/movies.csv"

func stop(format string, arguments ...interface{}) {
	fmt.Fprintf(os.Stderr, format+"\n", arguments...)
	os.Exit(1)
}

// readTitles gives the id of each title.
func readTitles() map[string]uint64 {
	file, err := os.Open(movies)
	if err != nil {
		stop("%v; run this from the repository's root", err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		stop("%v", err)
	}
	ids := make(map[string]uint64, len(rows))
	for _, row := range rows[1:] {
		ids[row[1]], _ = strconv.ParseUint(row[0], 10, 64)
	}
	return ids
}

func main() {
	server, titles := "127.0.0.1:6410", os.Args[1:]
	if len(titles) > 1 && titles[0] == "--server" {
		server, titles = titles[1], titles[2:]
	}
	if len(titles) == 0 {
		stop("usage: neighbours [--server HOST:PORT] TITLE...")
	}
	known, ids := readTitles(), &v1.IdColumn{}
	for _, title := range titles {
		id, ok := known[title]
		if !ok {
			stop("no film is called '%s'; it must stand as in movies.csv, with its year", title)
		}
		ids.Numbers = append(ids.Numbers, id)
	}

	channel, err := grpc.Dial(server, grpc.WithInsecure())
	if err != nil {
		stop("%v", err)
	}
	defer channel.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	request := &v1.QueryRequest{Collection: "films", By: &v1.QueryRequest_Ids{Ids: ids}, Limit: 5, WithPayload: true}
	reply, err := v1.NewPointsClient(channel).Query(ctx, request)
	if err != nil {
		stop("%v: %s", status.Code(err), status.Convert(err).Message())
	}

	// Answers come in columns: those of query 0, then those of query 1, and so on.
	row := 0
	for query, title := range titles {
		fmt.Printf("Films like %s\n", title)
		for end := row + int(reply.Counts[query]); row < end; row++ {
			fmt.Printf("  %.6f  %6d  %s\n", reply.Scores[row], reply.Ids.Numbers[row], reply.Payloads[row].Fields["title"].GetText())
		}
	}
}
