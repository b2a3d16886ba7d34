import com.google.protobuf.ByteString;
import grpc.testing.Messages;
import grpc.testing.TestServiceGrpc;
import grpc.testing.EmptyOuterClass.Empty;
import grpc.testing.UnimplementedServiceGrpc;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * gRPC's interop cases with grpc-java, unmodified, against the interop server.
 *
 * <p>Usage: Client PORT. Prints one line for each case: its name, then ok or FAIL and why.
 */
public final class Client {
  private static final Metadata.Key<String> ECHO_INITIAL =
      Metadata.Key.of("x-grpc-test-echo-initial", Metadata.ASCII_STRING_MARSHALLER);
  private static final Metadata.Key<byte[]> ECHO_TRAILING =
      Metadata.Key.of("x-grpc-test-echo-trailing-bin", Metadata.BINARY_BYTE_MARSHALLER);
  private static final String SPECIAL_MESSAGE =
      "\t\ntest with whitespace\r\nand Unicode BMP \u263A and non-BMP \uD83D\uDE08\t\n";
  private static final int[][] PING_PONG = {{31415, 27182}, {9, 8}, {2653, 1828}, {58979, 45904}};
  private static final int TIMEOUT_S = 30;

  private final ManagedChannel channel;

  private Client(ManagedChannel channel) {
    this.channel = channel;
  }

  /** One case; whatever it throws is its failure. */
  private interface Case {
    void run() throws Exception;
  }

  public static void main(String[] args) throws Exception {
    ManagedChannel channel = ManagedChannelBuilder.forAddress("127.0.0.1", Integer.parseInt(args[0])).usePlaintext().build();
    Client client = new Client(channel);
    Map<String, Case> cases = new LinkedHashMap<>();
    cases.put("empty_unary", () -> client.blocking().emptyCall(Empty.getDefaultInstance()));
    cases.put("large_unary", client::largeUnary);
    cases.put("client_compressed_unary", client::clientCompressedUnary);
    cases.put("client_streaming", client::clientStreaming);
    cases.put("server_streaming", client::serverStreaming);
    cases.put("ping_pong", () -> client.duplex(PING_PONG));
    cases.put("empty_stream", () -> client.duplex(new int[0][]));
    cases.put("custom_metadata", client::customMetadata);
    cases.put("status_code_and_message", () -> client.statusIs("test status message"));
    cases.put("special_status_message", () -> client.statusIs(SPECIAL_MESSAGE));
    cases.put("unimplemented_method", () -> failsWith(
        Status.Code.UNIMPLEMENTED, () -> client.blocking().unimplementedCall(Empty.getDefaultInstance())));
    cases.put("unimplemented_service", () -> failsWith(
        Status.Code.UNIMPLEMENTED,
        () -> UnimplementedServiceGrpc.newBlockingStub(channel).unimplementedCall(Empty.getDefaultInstance())));
    cases.put("timeout_on_sleeping_server", client::timeoutOnSleepingServer);
    for (Map.Entry<String, Case> one : cases.entrySet()) {
      try {
        one.getValue().run();
        System.out.println(one.getKey() + " ok");
      } catch (Exception | AssertionError fault) {
        System.out.println(one.getKey() + " FAIL " + fault.toString().replace('\n', ' '));
      }
    }
    channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
  }

  private TestServiceGrpc.TestServiceBlockingStub blocking() {
    return TestServiceGrpc.newBlockingStub(channel).withDeadlineAfter(TIMEOUT_S, TimeUnit.SECONDS);
  }

  private TestServiceGrpc.TestServiceStub async() {
    return TestServiceGrpc.newStub(channel).withDeadlineAfter(TIMEOUT_S, TimeUnit.SECONDS);
  }

  private void largeUnary() {
    check(blocking().unaryCall(large().build()).getPayload().getBody().size(), 314159);
  }

  private void clientCompressedUnary() throws Exception {
    Messages.SimpleRequest request = large().setExpectCompressed(Messages.BoolValue.newBuilder().setValue(true)).build();
    failsWith(Status.Code.INVALID_ARGUMENT, () -> blocking().unaryCall(request));
    check(blocking().withCompression("gzip").unaryCall(request).getPayload().getBody().size(), 314159);
  }

  private void clientStreaming() throws Exception {
    Replies<Messages.StreamingInputCallResponse> replies = new Replies<>();
    StreamObserver<Messages.StreamingInputCallRequest> requests = async().streamingInputCall(replies);
    for (int size : new int[] {27182, 8, 1828, 45904}) {
      requests.onNext(Messages.StreamingInputCallRequest.newBuilder().setPayload(payload(size)).build());
    }
    requests.onCompleted();
    check(replies.next().getAggregatedPayloadSize(), 74922);
  }

  private void serverStreaming() {
    int[] sizes = {31415, 9, 2653, 58979};
    Messages.StreamingOutputCallRequest.Builder request = Messages.StreamingOutputCallRequest.newBuilder();
    for (int size : sizes) {
      request.addResponseParameters(Messages.ResponseParameters.newBuilder().setSize(size));
    }
    List<Integer> received = new ArrayList<>();
    Iterator<Messages.StreamingOutputCallResponse> replies = blocking().streamingOutputCall(request.build());
    replies.forEachRemaining(reply -> received.add(reply.getPayload().getBody().size()));
    check(received.toString(), java.util.Arrays.toString(sizes));
  }

  private void duplex(int[][] pairs) throws Exception {
    Replies<Messages.StreamingOutputCallResponse> replies = new Replies<>();
    StreamObserver<Messages.StreamingOutputCallRequest> requests = async().fullDuplexCall(replies);
    for (int[] pair : pairs) {
      requests.onNext(Messages.StreamingOutputCallRequest.newBuilder()
          .addResponseParameters(Messages.ResponseParameters.newBuilder().setSize(pair[0]))
          .setPayload(payload(pair[1]))
          .build());
      check(replies.next().getPayload().getBody().size(), pair[0]);
    }
    requests.onCompleted();
    replies.awaitEnd();
  }

  private void customMetadata() {
    Metadata sent = new Metadata();
    sent.put(ECHO_INITIAL, "test_initial_metadata_value");
    sent.put(ECHO_TRAILING, new byte[] {(byte) 0xab, (byte) 0xab, (byte) 0xab});
    AtomicReference<Metadata> headers = new AtomicReference<>();
    AtomicReference<Metadata> trailers = new AtomicReference<>();
    blocking()
        .withInterceptors(
            MetadataUtils.newAttachHeadersInterceptor(sent), MetadataUtils.newCaptureMetadataInterceptor(headers, trailers))
        .unaryCall(large().build());
    check(headers.get().get(ECHO_INITIAL), "test_initial_metadata_value");
    check(ByteString.copyFrom(trailers.get().get(ECHO_TRAILING)), ByteString.copyFrom(sent.get(ECHO_TRAILING)));
  }

  private void statusIs(String message) throws Exception {
    Messages.EchoStatus status = Messages.EchoStatus.newBuilder().setCode(2).setMessage(message).build();
    StatusRuntimeException fault = failsWith(
        Status.Code.UNKNOWN,
        () -> blocking().unaryCall(Messages.SimpleRequest.newBuilder().setResponseStatus(status).build()));
    check(fault.getStatus().getDescription(), message);
  }

  private void timeoutOnSleepingServer() throws Exception {
    Replies<Messages.StreamingOutputCallResponse> replies = new Replies<>();
    TestServiceGrpc.newStub(channel).withDeadlineAfter(1, TimeUnit.MILLISECONDS).fullDuplexCall(replies);
    failsWith(Status.Code.DEADLINE_EXCEEDED, replies::next);
  }

  private static Messages.Payload payload(int size) {
    return Messages.Payload.newBuilder().setBody(ByteString.copyFrom(new byte[size])).build();
  }

  private static Messages.SimpleRequest.Builder large() {
    return Messages.SimpleRequest.newBuilder().setResponseSize(314159).setPayload(payload(271828));
  }

  private static void check(Object actual, Object expected) {
    if (!actual.equals(expected)) {
      throw new AssertionError("expected " + expected + ", got " + actual);
    }
  }

  private static StatusRuntimeException failsWith(Status.Code code, Case call) throws Exception {
    try {
      call.run();
    } catch (StatusRuntimeException fault) {
      check(fault.getStatus().getCode(), code);
      return fault;
    }
    throw new AssertionError("expected " + code + ", the call ended well");
  }

  /** The replies of a call, to be waited for one by one. */
  private static final class Replies<T> implements StreamObserver<T> {
    private static final Object END = new Object();

    private final BlockingQueue<Object> queue = new ArrayBlockingQueue<>(64);

    @Override
    public void onNext(T reply) {
      queue.add(reply);
    }

    @Override
    public void onError(Throwable fault) {
      queue.add(fault);
    }

    @Override
    public void onCompleted() {
      queue.add(END);
    }

    @SuppressWarnings("unchecked")
    T next() throws InterruptedException {
      Object next = queue.poll(TIMEOUT_S, TimeUnit.SECONDS);
      if (next instanceof StatusRuntimeException) {
        throw (StatusRuntimeException) next;
      }
      if (next == null || next == END) {
        throw new AssertionError("a reply is missing");
      }
      return (T) next;
    }

    void awaitEnd() throws InterruptedException {
      Object next = queue.poll(TIMEOUT_S, TimeUnit.SECONDS);
      if (next instanceof StatusRuntimeException) {
        throw (StatusRuntimeException) next;
      }
      if (next != END) {
        throw new AssertionError("expected the end, got " + next);
      }
    }
  }
}
