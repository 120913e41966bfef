package dev.streamkeeper.conformance;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** The real server, started as a user starts it. */
final class ServerProcess implements AutoCloseable {

  private static final String READY = "listening on ";

  private final Process process;
  private final String url;

  private ServerProcess(Process process, String url) {
    this.process = process;
    this.url = url;
  }

  static ServerProcess start(String storage, Path dataDir, Path log, String... more)
      throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-jar");
    command.add(System.getProperty("streamkeeper.jar"));
    command.addAll(List.of("serve", "--port", "0", "--storage", storage));
    command.addAll(List.of("--data-dir", dataDir.toString()));
    command.addAll(List.of(more));
    Process process = new ProcessBuilder(command).redirectError(log.toFile()).start();
    CompletableFuture<String> line =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
                return String.valueOf(out.readLine());
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    String ready = line.get(60, TimeUnit.SECONDS);
    if (!ready.startsWith(READY)) {
      process.destroyForcibly();
      throw new IllegalStateException("the server said '" + ready + "', see " + log);
    }
    return new ServerProcess(process, ready.substring(READY.length()));
  }

  /** The streams' URL. */
  String url() {
    return url;
  }

  /** Scheme, host and port. */
  String origin() {
    return url.substring(0, url.length() - "/v1/stream".length());
  }

  /** Asks it to stop and waits. */
  int terminate() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      throw new IllegalStateException("the server does not stop");
    }
    return process.exitValue();
  }

  /** Kills it as a crash would. */
  void kill() throws InterruptedException {
    process.destroyForcibly();
    process.waitFor();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
