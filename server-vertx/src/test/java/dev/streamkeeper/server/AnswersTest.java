package dev.streamkeeper.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamkeeper.AppendOutcome;
import dev.streamkeeper.Batch;
import dev.streamkeeper.CreateOutcome;
import dev.streamkeeper.DeleteOutcome;
import dev.streamkeeper.MetadataOutcome;
import dev.streamkeeper.ReadOutcome;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AnswersTest {

  private static final Set<Class<?>> SUCCESSES =
      Set.of(
          AppendOutcome.Appended.class,
          AppendOutcome.Duplicate.class,
          CreateOutcome.Created.class,
          CreateOutcome.Existing.class,
          DeleteOutcome.Deleted.class,
          MetadataOutcome.Found.class,
          Batch.class);

  @Test
  void everyOutcomeThatIsNoSuccessIsAProblemWithATypeOfItsOwn() throws Exception {
    for (Class<?> outcomes :
        List.of(
            AppendOutcome.class,
            CreateOutcome.class,
            DeleteOutcome.class,
            MetadataOutcome.class,
            ReadOutcome.class)) {
      for (Class<?> outcome : outcomes.getPermittedSubclasses()) {
        if (!SUCCESSES.contains(outcome)) {
          Problem problem =
              (Problem)
                  Answers.class
                      .getDeclaredMethod("problem", outcomes)
                      .invoke(null, example(outcome));
          assertThat(problem.status()).as(outcome.getName()).isBetween(400, 499);
          assertThat(problem.type()).matches("[a-z-]+");
          assertThat(problem.detail()).isNotBlank();
          assertThat(new String(problem.toJson(), java.nio.charset.StandardCharsets.UTF_8))
              .startsWith("{\"type\":\"https://");
        }
      }
    }
  }

  /** Some value of a record, made of some values of its components. */
  private static Object example(Class<?> type) throws ReflectiveOperationException {
    if (type == long.class) {
      return 1L;
    }
    if (type == int.class) {
      return 1;
    }
    if (type == boolean.class) {
      return true;
    }
    if (type == String.class) {
      return "a/b";
    }
    if (type == Optional.class) {
      return Optional.empty();
    }
    if (type == java.util.OptionalLong.class) {
      return java.util.OptionalLong.empty();
    }
    if (type == java.time.Instant.class) {
      return java.time.Instant.EPOCH;
    }
    if (type == dev.streamkeeper.stream.Expiry.class) {
      return dev.streamkeeper.stream.Expiry.NEVER;
    }
    Class<?>[] types =
        Arrays.stream(type.getRecordComponents())
            .map(RecordComponent::getType)
            .toArray(Class<?>[]::new);
    Object[] values = new Object[types.length];
    for (int i = 0; i < types.length; i++) {
      values[i] = example(types[i]);
    }
    return type.getDeclaredConstructor(types).newInstance(values);
  }
}
