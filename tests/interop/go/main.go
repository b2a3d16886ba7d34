// gRPC's interop cases with grpc-go, unmodified, against the interop server.
// Usage: client PORT. Prints one line for each case: its name, then ok or FAIL and why.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	pb "interop/testing"
)

const (
	echoInitial    = "x-grpc-test-echo-initial"
	echoTrailing   = "x-grpc-test-echo-trailing-bin"
	specialMessage = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n"
	timeout        = 30 * time.Second
)

var pingPong = [][2]int32{{31415, 27182}, {9, 8}, {2653, 1828}, {58979, 45904}}

type testCase struct {
	name string
	run  func(ctx context.Context, client pb.TestServiceClient, conn *grpc.ClientConn) error
}

func payload(size int32) *pb.Payload { return &pb.Payload{Body: make([]byte, size)} }

func output(pair [2]int32) *pb.StreamingOutputCallRequest {
	return &pb.StreamingOutputCallRequest{
		ResponseParameters: []*pb.ResponseParameters{{Size: pair[0]}},
		Payload:            payload(pair[1]),
	}
}

func large() *pb.SimpleRequest { return &pb.SimpleRequest{ResponseSize: 314159, Payload: payload(271828)} }

func hasSize(body []byte, size int32) error {
	if len(body) != int(size) {
		return fmt.Errorf("the reply has %d bytes, expected %d", len(body), size)
	}
	return nil
}

func hasCode(err error, code codes.Code) error {
	if status.Code(err) != code {
		return fmt.Errorf("ended with %v, expected %v", err, code)
	}
	return nil
}

func emptyUnary(ctx context.Context, client pb.TestServiceClient, _ *grpc.ClientConn) error {
	_, err := client.EmptyCall(ctx, &pb.Empty{})
	return err
}

func largeUnary(ctx context.Context, client pb.TestServiceClient, _ *grpc.ClientConn) error {
	reply, err := client.UnaryCall(ctx, large())
	if err != nil {
		return err
	}
	return hasSize(reply.Payload.Body, 314159)
}

func clientCompressedUnary(ctx context.Context, client pb.TestServiceClient, _ *grpc.ClientConn) error {
	request := large()
	request.ExpectCompressed = &pb.BoolValue{Value: true}
	_, err := client.UnaryCall(ctx, request)
	if err := hasCode(err, codes.InvalidArgument); err != nil {
		return err
	}
	reply, err := client.UnaryCall(ctx, request, grpc.UseCompressor(gzip.Name))
	if err != nil {
		return err
	}
	return hasSize(reply.Payload.Body, 314159)
}

func clientStreaming(ctx context.Context, client pb.TestServiceClient, _ *grpc.ClientConn) error {
	stream, err := client.StreamingInputCall(ctx)
	if err != nil {
		return err
	}
	for _, size := range []int32{27182, 8, 1828, 45904} {
		if err := stream.Send(&pb.StreamingInputCallRequest{Payload: payload(size)}); err != nil {
			return err
		}
	}
	reply, err := stream.CloseAndRecv()
	if err == nil && reply.AggregatedPayloadSize != 74922 {
		err = fmt.Errorf("the sum is %d", reply.AggregatedPayloadSize)
	}
	return err
}

func serverStreaming(ctx context.Context, client pb.TestServiceClient, _ *grpc.ClientConn) error {
	sizes := []int32{31415, 9, 2653, 58979}
	request := &pb.StreamingOutputCallRequest{}
	for _, size := range sizes {
		request.ResponseParameters = append(request.ResponseParameters, &pb.ResponseParameters{Size: size})
	}
	stream, err := client.StreamingOutputCall(ctx, request)
	if err != nil {
		return err
	}
	for _, size := range sizes {
		reply, err := stream.Recv()
		if err != nil {
			return err
		}
		if err := hasSize(reply.Payload.Body, size); err != nil {
			return err
		}
	}
	if _, err := stream.Recv(); err != io.EOF {
		return fmt.Errorf("expected the end, got %v", err)
	}
	return nil
}

func duplex(ctx context.Context, client pb.TestServiceClient, pairs [][2]int32) error {
	stream, err := client.FullDuplexCall(ctx)
	if err != nil {
		return err
	}
	for _, pair := range pairs {
		if err := stream.Send(output(pair)); err != nil {
			return err
		}
		reply, err := stream.Recv()
		if err != nil {
			return err
		}
		if err := hasSize(reply.Payload.Body, pair[0]); err != nil {
			return err
		}
	}
	if err := stream.CloseSend(); err != nil {
		return err
	}
	if _, err := stream.Recv(); err != io.EOF {
		return fmt.Errorf("expected the end, got %v", err)
	}
	return nil
}

func doPingPong(ctx context.Context, client pb.TestServiceClient, _ *grpc.ClientConn) error {
	return duplex(ctx, client, pingPong)
}

func emptyStream(ctx context.Context, client pb.TestServiceClient, _ *grpc.ClientConn) error {
	return duplex(ctx, client, nil)
}

func customMetadata(ctx context.Context, client pb.TestServiceClient, _ *grpc.ClientConn) error {
	ctx = metadata.AppendToOutgoingContext(ctx, echoInitial, "test_initial_metadata_value", echoTrailing, "\xab\xab\xab")
	var header, trailer metadata.MD
	if _, err := client.UnaryCall(ctx, large(), grpc.Header(&header), grpc.Trailer(&trailer)); err != nil {
		return err
	}
	if got := header.Get(echoInitial); len(got) != 1 || got[0] != "test_initial_metadata_value" {
		return fmt.Errorf("the header is %q", got)
	}
	if got := trailer.Get(echoTrailing); len(got) != 1 || got[0] != "\xab\xab\xab" {
		return fmt.Errorf("the trailer is %q", got)
	}
	return nil
}

func statusIs(message string) func(context.Context, pb.TestServiceClient, *grpc.ClientConn) error {
	return func(ctx context.Context, client pb.TestServiceClient, _ *grpc.ClientConn) error {
		_, err := client.UnaryCall(ctx, &pb.SimpleRequest{ResponseStatus: &pb.EchoStatus{Code: 2, Message: message}})
		if got := status.Convert(err).Message(); got != message {
			return fmt.Errorf("the message is %q", got)
		}
		return hasCode(err, codes.Unknown)
	}
}

func unimplementedMethod(ctx context.Context, client pb.TestServiceClient, _ *grpc.ClientConn) error {
	_, err := client.UnimplementedCall(ctx, &pb.Empty{})
	return hasCode(err, codes.Unimplemented)
}

func unimplementedService(ctx context.Context, _ pb.TestServiceClient, conn *grpc.ClientConn) error {
	_, err := pb.NewUnimplementedServiceClient(conn).UnimplementedCall(ctx, &pb.Empty{})
	return hasCode(err, codes.Unimplemented)
}

func cancelAfterBegin(ctx context.Context, client pb.TestServiceClient, _ *grpc.ClientConn) error {
	ctx, cancel := context.WithCancel(ctx)
	stream, err := client.StreamingInputCall(ctx)
	if err != nil {
		cancel()
		return err
	}
	cancel()
	_, err = stream.CloseAndRecv()
	return hasCode(err, codes.Canceled)
}

func cancelAfterFirstResponse(ctx context.Context, client pb.TestServiceClient, _ *grpc.ClientConn) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := client.FullDuplexCall(ctx)
	if err != nil {
		return err
	}
	if err := stream.Send(output(pingPong[0])); err != nil {
		return err
	}
	if _, err := stream.Recv(); err != nil {
		return err
	}
	cancel()
	_, err = stream.Recv()
	return hasCode(err, codes.Canceled)
}

func timeoutOnSleepingServer(ctx context.Context, client pb.TestServiceClient, _ *grpc.ClientConn) error {
	ctx, cancel := context.WithTimeout(ctx, time.Millisecond)
	defer cancel()
	stream, err := client.FullDuplexCall(ctx)
	if err != nil {
		return hasCode(err, codes.DeadlineExceeded)
	}
	// The send may fail with the deadline or not; what counts is how the call ends.
	if err := stream.Send(&pb.StreamingOutputCallRequest{Payload: payload(27182)}); err != nil && err != io.EOF {
		return hasCode(err, codes.DeadlineExceeded)
	}
	_, err = stream.Recv()
	return hasCode(err, codes.DeadlineExceeded)
}

func main() {
	conn, err := grpc.Dial("127.0.0.1:"+os.Args[1], grpc.WithInsecure())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer conn.Close()
	client := pb.NewTestServiceClient(conn)
	for _, c := range []testCase{
		{"empty_unary", emptyUnary},
		{"large_unary", largeUnary},
		{"client_compressed_unary", clientCompressedUnary},
		{"client_streaming", clientStreaming},
		{"server_streaming", serverStreaming},
		{"ping_pong", doPingPong},
		{"empty_stream", emptyStream},
		{"custom_metadata", customMetadata},
		{"status_code_and_message", statusIs("test status message")},
		{"special_status_message", statusIs(specialMessage)},
		{"unimplemented_method", unimplementedMethod},
		{"unimplemented_service", unimplementedService},
		{"cancel_after_begin", cancelAfterBegin},
		{"cancel_after_first_response", cancelAfterFirstResponse},
		{"timeout_on_sleeping_server", timeoutOnSleepingServer},
	} {
		ctx, cancel := context.WithTimeout(context.Background(), timeout)
		if err := c.run(ctx, client, conn); err != nil {
			fmt.Println(c.name, "FAIL", err)
		} else {
			fmt.Println(c.name, "ok")
		}
		cancel()
	}
}
