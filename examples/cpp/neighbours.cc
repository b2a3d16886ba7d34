// Films like the ones named, from the quickstart's server: neighbours [--server HOST:PORT] TITLE...
//
// No client of ours: stock gRPC, and stubs that protoc makes from the repository's protos (see build.sh).
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "vectorsearch/v1/points.grpc.pb.h"

namespace v1 = vectorsearch::v1;

namespace {

constexpr char kMovies[] = "samples/movielens-latest-small/movies.csv";

[[noreturn]] void Stop(const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  std::exit(1);
}

// Title → id. A title with a comma stands in quotes.
std::map<std::string, uint64_t> ReadTitles() {
  std::ifstream file(kMovies);
  if (!file) Stop(std::string(kMovies) + " is not here; run this from the repository's root");
  std::map<std::string, uint64_t> ids;
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    const size_t first = line.find(','), last = line.rfind(',');
    std::string title = line.substr(first + 1, last - first - 1);
    if (title.front() == '"') {
      title = title.substr(1, title.size() - 2);
      for (size_t at = 0; (at = title.find("\"\"", at)) != std::string::npos; ++at) title.erase(at, 1);
    }
    ids[title] = std::stoull(line);
  }
  return ids;
}

}  // namespace

int main(int argc, char** argv) {
  std::string server = "127.0.0.1:6410";
  std::vector<std::string> titles(argv + 1, argv + argc);
  if (titles.size() > 1 && titles[0] == "--server") {
    server = titles[1];
    titles.erase(titles.begin(), titles.begin() + 2);
  }
  if (titles.empty()) Stop("usage: neighbours [--server HOST:PORT] TITLE...");

  v1::QueryRequest request;
  request.set_collection("films");
  request.set_limit(5);
  request.set_with_payload(true);
  const std::map<std::string, uint64_t> known = ReadTitles();
  for (const std::string& title : titles) {
    const auto found = known.find(title);
    if (found == known.end()) Stop("no film is called '" + title + "'; it must stand as in movies.csv, with its year");
    request.mutable_ids()->add_numbers(found->second);
  }

  const auto points = v1::Points::NewStub(grpc::CreateChannel(server, grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
  v1::QueryReply reply;
  const grpc::Status status = points->Query(&context, request, &reply);
  if (!status.ok()) Stop(status.error_message());

  // Answers come in columns: those of query 0, then those of query 1, and so on.
  int row = 0;
  for (size_t query = 0; query < titles.size(); ++query) {
    std::printf("Films like %s\n", titles[query].c_str());
    for (const int end = row + static_cast<int>(reply.counts(query)); row < end; ++row) {
      std::printf("  %.6f  %6llu  %s\n", reply.scores(row), static_cast<unsigned long long>(reply.ids().numbers(row)),
                  reply.payloads(row).fields().at("title").text().c_str());
    }
  }
}
