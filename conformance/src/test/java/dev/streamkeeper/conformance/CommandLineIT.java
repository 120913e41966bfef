package dev.streamkeeper.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the program says and how it ends. */
class CommandLineIT {

  @TempDir Path temp;

  private record Ended(int code, String out, String err) {}

  private static Ended run(String... arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-jar", System.getProperty("streamkeeper.jar")));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Ended(
        process.exitValue(),
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8),
        new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8));
  }

  private static void assertOneLine(Ended ended, int code, String mention) {
    assertThat(ended.code()).as(ended.err()).isEqualTo(code);
    assertThat(ended.out()).isEmpty();
    assertThat(ended.err().strip().lines()).hasSize(1);
    assertThat(ended.err()).startsWith("streamkeeper: ").contains(mention);
  }

  @Test
  void wrongUsageIsOneLineAndCode2() throws Exception {
    assertOneLine(run("serve", "--nonsense"), 2, "--nonsense");
    assertOneLine(run("serve", "--storage", "paper"), 2, "paper");
    assertOneLine(run("serve", "--max-read-bytes", "1TiB"), 2, "max-read-bytes");
    assertOneLine(run("serve", "--long-poll-timeout", "soon"), 2, "soon");
    assertOneLine(run("dance"), 2, "dance");
  }

  @Test
  void aPortInUseIsOneLineAndCode1() throws Exception {
    try (ServerSocket taken = new ServerSocket(0)) {
      String port = Integer.toString(taken.getLocalPort());
      assertOneLine(
          run("serve", "--storage", "memory", "--host", "0.0.0.0", "--port", port), 1, port);
    }
  }

  @Test
  void aFolderInUseIsOneLineAndCode1() throws Exception {
    Path data = temp.resolve("data");
    try (ServerProcess server = ServerProcess.start("lmdb", data, temp.resolve("log"))) {
      assertOneLine(run("serve", "--port", "0", "--data-dir", data.toString()), 1, data.toString());
      assertThat(server.terminate()).isZero();
    }
  }

  @Test
  void helpNamesEverySetting() throws Exception {
    Ended help = run("serve", "--help");

    assertThat(help.code()).isZero();
    assertThat(help.out())
        .contains(
            "--host",
            "--port",
            "--storage",
            "--data-dir",
            "--durability",
            "--long-poll-timeout",
            "--sse-max-duration",
            "--max-append-bytes",
            "--max-read-bytes");
  }
}
