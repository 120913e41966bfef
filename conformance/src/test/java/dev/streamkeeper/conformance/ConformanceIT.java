package dev.streamkeeper.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConformanceIT {

  /** Tests of the official suite without subscriptions, and ours with the official client. */
  private static final int EXPECTED_TESTS = 332 + 5;

  private static final Path HOME = Path.of(System.getProperty("streamkeeper.conformance"));

  @TempDir static Path temp;

  @BeforeAll
  static void installTheSuite() throws Exception {
    if (run("node", "--version") != 0 || run("npm", "--version") != 0) {
      String message = "conformance skipped: it needs Node.js 20 or newer with npm on the PATH";
      if (System.getenv("CI") != null) {
        fail(message + ", and in CI it may not be skipped");
      }
      System.err.println(message);
      Assumptions.abort(message);
    }
    Path installed = HOME.resolve("node_modules/.package-lock.json");
    Path locked = HOME.resolve("package-lock.json");
    boolean current =
        Files.exists(installed)
            && !Files.getLastModifiedTime(installed)
                .toInstant()
                .isBefore(Files.getLastModifiedTime(locked).toInstant());
    if (!current) {
      assertThat(run("npm", "ci", "--no-audit", "--no-fund")).as("npm ci").isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"memory", "lmdb"})
  void theOfficialSuiteAndTheOfficialClientPass(String storage) throws Exception {
    Path results = temp.resolve(storage + ".json");
    Path log = temp.resolve(storage + ".log");
    int exit;
    try (ServerProcess server =
        ServerProcess.start(storage, temp.resolve("data-" + storage), log)) {
      ProcessBuilder suite =
          new ProcessBuilder("node", "node_modules/vitest/vitest.mjs", "run")
              .directory(HOME.toFile())
              .redirectErrorStream(true)
              .redirectOutput(temp.resolve(storage + ".out").toFile());
      suite.environment().put("STREAMKEEPER_SERVER", server.origin());
      suite.environment().put("STREAMKEEPER_RESULTS", results.toString());
      Process running = suite.start();
      assertThat(running.waitFor(8, TimeUnit.MINUTES)).as("the suite ends").isTrue();
      exit = running.exitValue();
      assertThat(server.terminate()).as("the server's exit code").isZero();
    }
    String output = Files.readString(temp.resolve(storage + ".out"));
    assertThat(exit).as(output).isZero();
    JsonNode summary = new ObjectMapper().readTree(results.toFile());
    System.out.printf(
        Locale.ROOT,
        "conformance with %s storage: %d passed, %d failed%n",
        storage,
        summary.get("numPassedTests").asInt(),
        summary.get("numFailedTests").asInt());
    assertThat(summary.get("numFailedTests").asInt()).isZero();
    assertThat(summary.get("numPassedTests").asInt()).isGreaterThanOrEqualTo(EXPECTED_TESTS);
    assertThat(Files.readString(log)).doesNotContain("ERROR").doesNotContain("blocked for");
  }

  private static int run(String... command) throws InterruptedException {
    try {
      Process process =
          new ProcessBuilder(command)
              .directory(HOME.toFile())
              .redirectErrorStream(true)
              .redirectOutput(temp.resolve("tools.out").toFile())
              .start();
      return process.waitFor();
    } catch (IOException e) {
      return -1;
    }
  }
}
