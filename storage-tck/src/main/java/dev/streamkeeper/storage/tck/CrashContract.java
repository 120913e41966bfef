package dev.streamkeeper.storage.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.streamkeeper.storage.StorageConfig;
import dev.streamkeeper.storage.StoredStream;
import dev.streamkeeper.stream.Bytes;
import dev.streamkeeper.stream.StreamName;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * What a process that was killed leaves: everything that it was told to be applied, and of the one
 * commit of each stream that was on its way all or nothing.
 */
abstract class CrashContract extends Contract {

  private static final int KILLS = 5;
  private static final int MOST_LINES = 2_000;
  private static final Instant ALWAYS = Instant.parse("2999-01-01T00:00:00Z");

  CrashContract(StorageContractTest author) {
    super(author);
  }

  @Test
  void whatWasAppliedSurvivesBeingKilled() {
    assumeTrue(storage.capabilities().durable(), "not durable");
    for (long seed : seeds(1)) {
      withSeed(seed, () -> killRepeatedly(seed));
    }
  }

  private void killRepeatedly(long seed) throws IOException, InterruptedException {
    Random random = new Random(seed);
    int[] last = new int[CrashProgram.STREAMS];
    Duration lag = storage.capabilities().asyncLag();
    for (int kill = 1; kill <= KILLS; kill++) {
      storage.close();
      int lines = 1 + random.nextInt(1 << random.nextInt(1, 12)) % MOST_LINES;
      Acknowledged acknowledged = runUntilKilled(seed, last, lines, lag);
      storage = openAnother();
      for (int stream = 0; stream < last.length; stream++) {
        last[stream] =
            assertSurvived(
                new CrashProgram(seed, stream),
                acknowledged.safe().get(stream),
                acknowledged.all().get(stream) + 1);
      }
      assertIndexesSurvived(seed, last);
    }
  }

  /**
   * The last commits of each stream that were acknowledged.
   *
   * @param safe those that were so for at least the storage's lag when the process was killed
   */
  private record Acknowledged(List<Integer> safe, List<Integer> all) {}

  private record Line(long nanos, int stream, int number) {}

  private Acknowledged runUntilKilled(long seed, int[] last, int lines, Duration lag)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command(seed, last));
    Path errors = temporary.resolve("stderr");
    builder.redirectError(errors.toFile());
    Process child = builder.start();
    long killed = Long.MAX_VALUE;
    List<Line> read = new ArrayList<>();
    // A child that hangs is killed too, and then has acknowledged too little.
    Thread guard = guard(child);
    try (BufferedReader reader = child.inputReader(StandardCharsets.UTF_8)) {
      StringBuilder line = new StringBuilder();
      int c;
      while ((c = reader.read()) >= 0) {
        if (c != '\n') {
          line.append((char) c);
          continue;
        }
        assertThat(line.toString()).doesNotStartWith(CrashChild.FAILURE);
        String[] parts = line.toString().split(" ", -1);
        read.add(
            new Line(System.nanoTime(), Integer.parseInt(parts[0]), Integer.parseInt(parts[1])));
        line.setLength(0);
        if (read.size() == lines) {
          killed = System.nanoTime();
          // Through the handle: the process itself would close the pipe with what is still in it.
          child.toHandle().destroyForcibly();
        }
      }
    } finally {
      child.destroyForcibly();
      child.waitFor();
      guard.interrupt();
    }
    assertThat(read)
        .as("what was acknowledged before it ended by itself: %s", Files.readString(errors))
        .hasSizeGreaterThanOrEqualTo(lines);
    int[] safe = last.clone();
    int[] all = last.clone();
    for (Line line : read) {
      all[line.stream()] = line.number();
      if (lag.isZero() || line.nanos() - (killed - lag.toNanos()) < 0) {
        safe[line.stream()] = line.number();
      }
    }
    return new Acknowledged(
        Arrays.stream(safe).boxed().toList(), Arrays.stream(all).boxed().toList());
  }

  private Thread guard(Process child) {
    Thread guard =
        new Thread(
            () -> {
              try {
                if (!child.waitFor(patienceMillis(), TimeUnit.MILLISECONDS)) {
                  child.toHandle().destroyForcibly();
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    guard.setDaemon(true);
    guard.start();
    return guard;
  }

  private List<String> command(long seed, int[] last) {
    StorageConfig config = config();
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(option -> option.startsWith("--add-") || option.startsWith("--enable-"))
        .forEach(command::add);
    command.add("-Xmx256m");
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(CrashChild.class.getName());
    command.add(providerName());
    command.add(config.directory().toString());
    command.add(config.durability().name());
    command.add(Long.toString(config.deadline().toMillis()));
    command.add(Long.toString(seed));
    command.add(Arrays.stream(last).mapToObj(Integer::toString).collect(Collectors.joining(",")));
    config
        .options()
        .forEach(
            (key, value) -> {
              command.add(key);
              command.add(value);
            });
    return command;
  }

  /** Asserts that a stream is as one of its commits left it, and returns which. */
  private int assertSurvived(CrashProgram program, int least, int most) {
    Set<String> keys = new HashSet<>();
    for (int i = 0; i < 5; i++) {
      keys.add(CrashProgram.key(i));
    }
    Optional<StoredStream> found = await(storage.load(program.name(), keys));
    if (found.isEmpty()) {
      assertThat(least).as("acknowledged commits of %s", program.name()).isZero();
      return 0;
    }
    StoredStream stream = found.get();
    int number = Math.toIntExact(stream.attempt().number());
    assertThat(number).as("the last commit of %s", program.name()).isBetween(least, most);
    assertThat(stream.attempt()).isEqualTo(program.attempt(number));
    assertThat(stream.id()).isEqualTo(program.id(number));
    assertThat(stream.metadata()).isEqualTo(program.metadata(number));
    assertThat(stream.entries()).isEqualTo(program.entries(number));
    List<Bytes> parts = new ArrayList<>();
    for (int i = program.first(number); i <= number; i++) {
      parts.add(program.appended(i));
    }
    Bytes bytes = Bytes.concat(parts);
    assertThat(read(stream.id(), 0, bytes.length()).equals(bytes))
        .as("the bytes of %s after commit %s", program.name(), number)
        .isTrue();
    assertUnreadable(stream.id(), 0, bytes.length() + 1L);
    if (program.first(number) > 1) {
      assertUnreadable(program.id(program.first(number) - 1), 0, 1);
    }
    return number;
  }

  private void assertIndexesSurvived(long seed, int[] last) {
    List<StreamName> names = new ArrayList<>();
    List<CrashProgram> due = new ArrayList<>();
    for (int stream = 0; stream < last.length; stream++) {
      CrashProgram program = new CrashProgram(seed, stream);
      if (last[stream] > 0) {
        names.add(program.name());
        if (program.due(last[stream]).isPresent()) {
          due.add(program);
        }
      }
    }
    assertSoon(() -> list("", 100), names);
    due.sort(
        Comparator.comparing((CrashProgram p) -> p.due(last[p.stream()]).orElseThrow())
            .thenComparing(CrashProgram::name));
    assertSoon(
        () -> Set.copyOf(due(ALWAYS, 100)),
        due.stream().map(CrashProgram::name).collect(Collectors.toSet()));
  }
}
