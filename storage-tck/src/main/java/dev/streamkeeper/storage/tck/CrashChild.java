package dev.streamkeeper.storage.tck;

import dev.streamkeeper.storage.Commit;
import dev.streamkeeper.storage.Commit.Expected;
import dev.streamkeeper.storage.CommitOutcome;
import dev.streamkeeper.storage.CommitOutcome.Applied;
import dev.streamkeeper.storage.StorageConfig;
import dev.streamkeeper.storage.StorageProvider;
import dev.streamkeeper.storage.StreamStorage;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;

/**
 * The process that is killed: commits as {@link CrashProgram} says, one commit of each stream at a
 * time, and prints a line for each that was applied before it makes the next.
 *
 * <p>It ends by itself when nobody holds its standard input any more.
 */
final class CrashChild {

  /** Printed when a commit was not applied; the rest of the line says why. */
  static final String FAILURE = "failure";

  private final StreamStorage storage;
  private final long seed;
  private final PrintStream out;

  private CrashChild(StreamStorage storage, long seed, PrintStream out) {
    this.storage = storage;
    this.seed = seed;
    this.out = out;
  }

  /**
   * Runs until it is killed.
   *
   * @param args provider, directory, durability, deadline in milliseconds, seed, the last commit of
   *     each stream separated by commas, and options as keys and values in turn
   */
  public static void main(String[] args) throws IOException {
    Map<String, String> options = new HashMap<>();
    for (int i = 6; i < args.length; i += 2) {
      options.put(args[i], args[i + 1]);
    }
    StorageConfig config =
        new StorageConfig(
            Path.of(args[1]),
            StorageConfig.Durability.valueOf(args[2]),
            Duration.ofMillis(Long.parseLong(args[3])),
            options);
    StorageProvider provider =
        ServiceLoader.load(StorageProvider.class).stream()
            .map(ServiceLoader.Provider::get)
            .filter(candidate -> candidate.name().equals(args[0]))
            .findFirst()
            .orElseThrow();
    CrashChild child = new CrashChild(provider.open(config), Long.parseLong(args[4]), System.out);
    String[] last = args[5].split(",", -1);
    for (int stream = 0; stream < last.length; stream++) {
      child.resume(new CrashProgram(child.seed, stream), Integer.parseInt(last[stream]));
    }
    while (System.in.read() >= 0) {
      // Nothing is ever written there; the end of the input is the end of the parent.
    }
    Runtime.getRuntime().halt(0);
  }

  private void resume(CrashProgram program, int last) {
    storage
        .load(program.name(), Set.of())
        .whenComplete(
            (stream, failure) -> {
              if (failure != null) {
                fail(failure);
              } else {
                Expected expected =
                    stream.isEmpty()
                        ? Expected.ABSENT
                        : new Expected.Version(stream.get().id(), stream.get().version());
                // A thread for each stream: a storage may complete stages on the calling thread.
                Thread thread = new Thread(() -> run(program, last + 1, expected));
                thread.setDaemon(true);
                thread.start();
              }
            });
  }

  private void run(CrashProgram program, int first, Expected start) {
    Expected expected = start;
    for (int number = first; ; number++) {
      Commit commit =
          new Commit(program.name(), expected, program.attempt(number), program.change(number));
      CommitOutcome outcome;
      try {
        outcome = storage.commit(commit).toCompletableFuture().join();
      } catch (RuntimeException e) {
        fail(e);
        return;
      }
      if (!(outcome instanceof Applied applied)) {
        fail(outcome);
        return;
      }
      say(program.stream() + " " + number);
      expected = new Expected.Version(program.id(number), applied.version());
    }
  }

  private void fail(Object what) {
    say(FAILURE + " " + what.toString().replace('\n', ' '));
  }

  private void say(String line) {
    synchronized (out) {
      out.print(line + "\n");
      out.flush();
    }
  }
}
