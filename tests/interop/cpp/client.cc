// The four compression cases of gRPC's interop tests with grpc++, which can send single messages plain in a compressed
// call and tell of each message that it reads whether it came compressed.
// Usage: client PORT. Prints one line for each case: its name, then ok or FAIL and why.

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <functional>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>

#include "grpc/testing/test.grpc.pb.h"

// What the core says of the message read last; part of the library, in none of its headers.
uint32_t grpc_call_test_only_get_message_flags(grpc_call* call);

namespace grpc {
namespace testing {

// The library lets a class of this name see a context's call.
class InteropClientContextInspector {
 public:
  static bool LastWasCompressed(const ClientContext& context) {
    constexpr uint32_t kWasCompressed = 0x40000000u;
    return (grpc_call_test_only_get_message_flags(context.call_) & kWasCompressed) != 0;
  }
};

}  // namespace testing
}  // namespace grpc

namespace {

using grpc::ClientContext;
using grpc::Status;
using grpc::StatusCode;
using grpc::testing::InteropClientContextInspector;
using grpc::testing::SimpleRequest;
using grpc::testing::SimpleResponse;
using grpc::testing::StreamingInputCallRequest;
using grpc::testing::StreamingInputCallResponse;
using grpc::testing::StreamingOutputCallRequest;
using grpc::testing::StreamingOutputCallResponse;
using Stub = grpc::testing::TestService::Stub;

constexpr int kRequestSize = 271828;
constexpr int kReplySize = 314159;

void Check(bool condition, const std::string& what) {
  if (!condition) throw std::runtime_error(what);
}

void CheckOk(const Status& status) { Check(status.ok(), "status " + std::to_string(status.error_code()) + " " + status.error_message()); }

void Prepare(ClientContext* context, bool compress) {
  context->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
  if (compress) context->set_compression_algorithm(GRPC_COMPRESS_GZIP);
}

Status ClientUnary(Stub* stub, bool expect, bool compress) {
  ClientContext context;
  Prepare(&context, compress);
  SimpleRequest request;
  request.mutable_expect_compressed()->set_value(expect);
  request.set_response_size(kReplySize);
  request.mutable_payload()->set_body(std::string(kRequestSize, '\0'));
  SimpleResponse reply;
  Status status = stub->UnaryCall(&context, request, &reply);
  if (status.ok()) Check(reply.payload().body().size() == kReplySize, "the reply has another size");
  return status;
}

void ClientCompressedUnary(Stub* stub) {
  Check(ClientUnary(stub, true, false).error_code() == StatusCode::INVALID_ARGUMENT, "the probe passed");
  CheckOk(ClientUnary(stub, true, true));
  CheckOk(ClientUnary(stub, false, false));
}

void ServerCompressedUnary(Stub* stub) {
  for (bool compressed : {true, false}) {
    ClientContext context;
    Prepare(&context, false);
    SimpleRequest request;
    request.mutable_response_compressed()->set_value(compressed);
    request.set_response_size(kReplySize);
    request.mutable_payload()->set_body(std::string(kRequestSize, '\0'));
    SimpleResponse reply;
    CheckOk(stub->UnaryCall(&context, request, &reply));
    Check(reply.payload().body().size() == kReplySize, "the reply has another size");
    Check(InteropClientContextInspector::LastWasCompressed(context) == compressed, "the reply's flag is wrong");
  }
}

StreamingInputCallRequest Input(int size, bool compressed) {
  StreamingInputCallRequest request;
  request.mutable_expect_compressed()->set_value(compressed);
  request.mutable_payload()->set_body(std::string(size, '\0'));
  return request;
}

void ClientCompressedStreaming(Stub* stub) {
  {
    ClientContext probe;
    Prepare(&probe, false);
    StreamingInputCallResponse reply;
    auto writer = stub->StreamingInputCall(&probe, &reply);
    writer->Write(Input(27182, true));
    writer->WritesDone();
    Check(writer->Finish().error_code() == StatusCode::INVALID_ARGUMENT, "the probe passed");
  }
  ClientContext context;
  Prepare(&context, true);
  StreamingInputCallResponse reply;
  auto writer = stub->StreamingInputCall(&context, &reply);
  Check(writer->Write(Input(27182, true)), "the compressed message was not taken");
  Check(writer->Write(Input(45904, false), grpc::WriteOptions().set_no_compression()), "the plain message was not taken");
  writer->WritesDone();
  CheckOk(writer->Finish());
  Check(reply.aggregated_payload_size() == 73086, "the sum is " + std::to_string(reply.aggregated_payload_size()));
}

void ServerCompressedStreaming(Stub* stub) {
  constexpr int kSizes[] = {31415, 92653};
  constexpr bool kCompressed[] = {true, false};
  ClientContext context;
  Prepare(&context, false);
  StreamingOutputCallRequest request;
  for (int i = 0; i < 2; ++i) {
    auto* parameters = request.add_response_parameters();
    parameters->set_size(kSizes[i]);
    parameters->mutable_compressed()->set_value(kCompressed[i]);
  }
  auto reader = stub->StreamingOutputCall(&context, request);
  StreamingOutputCallResponse reply;
  for (int i = 0; i < 2; ++i) {
    Check(reader->Read(&reply), "a reply is missing");
    Check(static_cast<int>(reply.payload().body().size()) == kSizes[i], "a reply has another size");
    Check(InteropClientContextInspector::LastWasCompressed(context) == kCompressed[i], "a reply's flag is wrong");
  }
  Check(!reader->Read(&reply), "there are more replies than asked for");
  CheckOk(reader->Finish());
}

void Run(const char* name, const std::function<void()>& run) {
  try {
    run();
    std::cout << name << " ok" << std::endl;
  } catch (const std::exception& fault) {
    std::cout << name << " FAIL " << fault.what() << std::endl;
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  auto stub = grpc::testing::TestService::NewStub(
      grpc::CreateChannel(std::string("127.0.0.1:") + argv[1], grpc::InsecureChannelCredentials()));
  Run("client_compressed_unary", [&] { ClientCompressedUnary(stub.get()); });
  Run("server_compressed_unary", [&] { ServerCompressedUnary(stub.get()); });
  Run("client_compressed_streaming", [&] { ClientCompressedStreaming(stub.get()); });
  Run("server_compressed_streaming", [&] { ServerCompressedStreaming(stub.get()); });
  return 0;
}
