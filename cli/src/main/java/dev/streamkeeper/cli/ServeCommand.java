package dev.streamkeeper.cli;

import dev.streamkeeper.StreamManager;
import dev.streamkeeper.StreamManagerBuilder;
import dev.streamkeeper.server.StreamServer;
import dev.streamkeeper.server.StreamServerOptions;
import dev.streamkeeper.storage.StorageConfig;
import dev.streamkeeper.storage.StorageConfig.Durability;
import dev.streamkeeper.storage.StorageProvider;
import dev.streamkeeper.stream.Retention;
import java.net.BindException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.ServiceLoader;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Runs a server until it is told to stop. */
@Command(
    name = "serve",
    description = {
      "Start a server.",
      "When it is ready it prints one line: listening on http://HOST:PORT/v1/stream",
      "Each option is also an environment variable, for example STREAMKEEPER_DATA_DIR."
    },
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    versionProvider = Main.Version.class)
final class ServeCommand implements Callable<Integer> {

  private static final Logger LOG = LoggerFactory.getLogger(ServeCommand.class);

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      defaultValue = "${env:STREAMKEEPER_HOST:-127.0.0.1}",
      description = "Address to listen on; 0.0.0.0 for all.")
  private String host;

  @Option(
      names = "--port",
      defaultValue = "${env:STREAMKEEPER_PORT:-4437}",
      description = "Port to listen on; 0 picks a free one.")
  private int port;

  @Option(
      names = "--storage",
      paramLabel = "NAME",
      defaultValue = "${env:STREAMKEEPER_STORAGE:-lmdb}",
      description = "Where streams are kept: lmdb (on disk), memory (until it stops).")
  private String storage;

  @Option(
      names = "--data-dir",
      paramLabel = "FOLDER",
      defaultValue = "${env:STREAMKEEPER_DATA_DIR:-./data}",
      description = "Folder of the storage; only one server may use it at a time.")
  private Path dataDir;

  @Option(
      names = "--durability",
      paramLabel = "sync|async",
      defaultValue = "${env:STREAMKEEPER_DURABILITY:-sync}",
      description =
          "sync: what is acknowledged survives the loss of power. async: faster, but a crash may"
              + " take the last 100 milliseconds.")
  private Durability durability;

  @Option(
      names = "--long-poll-timeout",
      paramLabel = "TIME",
      defaultValue = "${env:STREAMKEEPER_LONG_POLL_TIMEOUT:-30s}",
      description = "How long a long-poll waits for data.")
  private Duration longPollTimeout;

  @Option(
      names = "--sse-max-duration",
      paramLabel = "TIME",
      defaultValue = "${env:STREAMKEEPER_SSE_MAX_DURATION:-60s}",
      description = "After which time an SSE connection ends, so that its reader reconnects.")
  private Duration sseMaxDuration;

  @Option(
      names = "--max-append-bytes",
      paramLabel = "SIZE",
      defaultValue = "${env:STREAMKEEPER_MAX_APPEND_BYTES:-16MiB}",
      description = "Longest request body.")
  private ByteSize maxAppendBytes;

  @Option(
      names = "--max-read-bytes",
      paramLabel = "SIZE",
      defaultValue = "${env:STREAMKEEPER_MAX_READ_BYTES:-1MiB}",
      description = "Most data in one answer, at most 16MiB; readers go on from its end.")
  private ByteSize maxReadBytes;

  @Option(
      names = "--retention-max-age",
      paramLabel = "TIME",
      defaultValue = "${env:STREAMKEEPER_RETENTION_MAX_AGE:-" + CommandLine.Option.NULL_VALUE + "}",
      description = "Streams created without a retention drop data of this age.")
  private Optional<Duration> retentionMaxAge = Optional.empty();

  @Option(
      names = "--retention-max-messages",
      paramLabel = "COUNT",
      defaultValue =
          "${env:STREAMKEEPER_RETENTION_MAX_MESSAGES:-" + CommandLine.Option.NULL_VALUE + "}",
      description = "Streams created without a retention keep so many messages.")
  private Optional<Long> retentionMaxMessages = Optional.empty();

  @Option(
      names = "--retention-max-bytes",
      paramLabel = "SIZE",
      defaultValue =
          "${env:STREAMKEEPER_RETENTION_MAX_BYTES:-" + CommandLine.Option.NULL_VALUE + "}",
      description = "Streams created without a retention keep so much data.")
  private Optional<ByteSize> retentionMaxBytes = Optional.empty();

  @Override
  public Integer call() throws Exception {
    StreamServerOptions options;
    StreamManagerBuilder builder = StreamManager.builder().completionExecutor(Runnable::run);
    try {
      options =
          StreamServerOptions.defaults()
              .withAddress(host, port)
              .withLive(
                  longPollTimeout, sseMaxDuration, StreamServerOptions.defaults().sseKeepAlive())
              .withSizes(
                  maxAppendBytes.toInt("--max-append-bytes"),
                  maxReadBytes.toInt("--max-read-bytes"));
      builder.defaultRetention(retention());
      requireStorage();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
    builder.storage(
        storage, new StorageConfig(dataDir, durability, Duration.ofSeconds(30), Map.of()));
    StreamManager streams = builder.build();
    StreamServer server = listen(streams, options);
    CompletableFuture<Void> stopped = stopOnSignal(server);
    // The one line that scripts wait for.
    System.out.println("listening on " + server.url());
    System.out.flush();
    LOG.info("serving {} storage, {} durability", storage, durability);
    stopped.join();
    return CommandLine.ExitCode.OK;
  }

  private Retention retention() {
    return new Retention(
        retentionMaxAge,
        retentionMaxMessages.map(OptionalLong::of).orElse(OptionalLong.empty()),
        retentionMaxBytes.map(size -> OptionalLong.of(size.bytes())).orElse(OptionalLong.empty()));
  }

  private void requireStorage() {
    TreeSet<String> known = new TreeSet<>();
    ServiceLoader.load(StorageProvider.class).forEach(provider -> known.add(provider.name()));
    if (!known.contains(storage)) {
      throw new IllegalArgumentException(
          "there is no storage '" + storage + "'; choose one of " + known);
    }
  }

  private StreamServer listen(StreamManager streams, StreamServerOptions options) {
    try {
      return StreamServer.start(streams, options).join();
    } catch (CompletionException e) {
      streams.close();
      Throwable cause = Objects.requireNonNullElse(e.getCause(), e);
      String why =
          cause instanceof BindException
              ? "the port is in use or the address is not this machine's"
              : String.valueOf(cause.getMessage());
      throw new IllegalStateException(
          "can't listen on " + options.host() + ":" + options.port() + ": " + why, cause);
    }
  }

  /** A JVM that a signal ends exits with 128 and more unless it is halted with another code. */
  private static CompletableFuture<Void> stopOnSignal(StreamServer server) {
    CompletableFuture<Void> stopped = new CompletableFuture<>();
    Thread hook =
        new Thread(
            () -> {
              LOG.info("stopping");
              server.stop().join();
              LOG.info("stopped");
              Runtime.getRuntime().halt(CommandLine.ExitCode.OK);
            },
            "streamkeeper-stop");
    Runtime.getRuntime().addShutdownHook(hook);
    return stopped;
  }
}
