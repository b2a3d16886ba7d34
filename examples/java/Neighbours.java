import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import vectorsearch.v1.Common.IdColumn;
import vectorsearch.v1.PointsGrpc;
import vectorsearch.v1.Queries.QueryReply;
import vectorsearch.v1.Queries.QueryRequest;

/**
 * Films like the ones named, from the quickstart's server: Neighbours [--server HOST:PORT] TITLE...
 *
 * <p>No client of ours: stock grpc-java, and stubs that protoc makes from the repository's protos (see build.sh).
 */
public final class Neighbours {
  private static final Path MOVIES = Path.of("samples/movielens-latest-small/movies.csv");

  private Neighbours() {}

  public static void main(String[] args) throws Exception {
    String server = "127.0.0.1:6410";
    List<String> titles = Arrays.asList(args);
    if (titles.size() > 1 && titles.get(0).equals("--server")) {
      server = titles.get(1);
      titles = titles.subList(2, titles.size());
    }
    if (titles.isEmpty()) stop("usage: Neighbours [--server HOST:PORT] TITLE...");
    Map<String, Long> known = readTitles();
    IdColumn.Builder ids = IdColumn.newBuilder();
    for (String title : titles) {
      if (!known.containsKey(title)) stop("no film is called '" + title + "'; it must stand as in movies.csv, with its year");
      ids.addNumbers(known.get(title));
    }

    ManagedChannel channel = ManagedChannelBuilder.forTarget(server).usePlaintext().build();
    try {
      QueryRequest request = QueryRequest.newBuilder().setCollection("films").setIds(ids).setLimit(5).setWithPayload(true).build();
      print(titles, PointsGrpc.newBlockingStub(channel).withDeadlineAfter(30, TimeUnit.SECONDS).query(request));
    } catch (StatusRuntimeException fault) {
      stop(fault.getMessage());
    } finally {
      channel.shutdownNow();
    }
  }

  /** Answers come in columns: those of query 0, then those of query 1, and so on. */
  private static void print(List<String> titles, QueryReply reply) {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    int row = 0;
    for (int query = 0; query < titles.size(); query++) {
      out.println("Films like " + titles.get(query));
      for (int end = row + reply.getCounts(query); row < end; row++) {
        String title = reply.getPayloads(row).getFieldsOrThrow("title").getText();
        out.println(String.format(Locale.ROOT, "  %.6f  %6d  %s", reply.getScores(row), reply.getIds().getNumbers(row), title));
      }
    }
  }

  /** Title → id. A title with a comma stands in quotes. */
  private static Map<String, Long> readTitles() throws IOException {
    Map<String, Long> ids = new HashMap<>();
    List<String> lines = Files.readAllLines(MOVIES, StandardCharsets.UTF_8);
    for (String line : lines.subList(1, lines.size())) {
      String title = line.substring(line.indexOf(',') + 1, line.lastIndexOf(','));
      if (title.startsWith("\"")) title = title.substring(1, title.length() - 1).replace("\"\"", "\"");
      ids.put(title, Long.parseLong(line.substring(0, line.indexOf(','))));
    }
    return ids;
  }

  private static void stop(String why) {
    System.err.println(why);
    System.exit(1);
  }
}
