package dev.streamkeeper;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamkeeper.stream.Bytes;
import dev.streamkeeper.stream.ContentType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonSplitterTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"a\":1}            | {\"a\":1},",
        "[1,2]                | 1,;2,",
        "[[1,2],[3]]          | [1,2],;[3],",
        "[[[1]]]              | [[1]],",
        "[]                   | ``",
        "  12.5e3             | 12.5e3,",
        "7                    | 7,",
        "\"x\"                | \"x\",",
        "null                 | null,",
        "[ true , false,null] | true,;false,;null,",
        "[\"a,]b\",{\"[\":\"}\"}] | \"a,]b\",;{\"[\":\"}\"},",
      })
  void cutsOneLevelOfArrayWithoutChangingTheValues(String body, String stored) {
    Bytes got = Content.of(ContentType.JSON, Bytes.utf8(body)).stored();

    assertThat(got.toUtf8()).isEqualTo(stored.replace(';', '\n') + (stored.isEmpty() ? "" : "\n"));
  }

  @Test
  void turnsLineBreaksBetweenTokensIntoSpaces() {
    JsonSplitter.Split split = JsonSplitter.split(Bytes.utf8("[{\r\n \"a\" :\n1 },\n\n2 ]\n"));

    assertThat(split.stored().toUtf8()).isEqualTo("{   \"a\" : 1 },\n2,\n");
    assertThat(split.messages().count()).isEqualTo(2);
    assertThat(split.messages().end(1)).isEqualTo(split.stored().length());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{",
        "[1,",
        "[1,]",
        "{\"a\":}",
        "nul",
        "1 2",
        "{} {}",
        "[1] x",
        "'a'",
        "\"a\nb\"",
        " \n ",
        "\u0000",
        "\uFEFF1",
        "[NaN]",
        "01",
        "/* c */ 1"
      })
  void saysWhereABodyThatIsNotJsonBreaks(String body) {
    JsonSplitter.Split split = JsonSplitter.split(Bytes.utf8(body));

    assertThat(split.stored().isEmpty()).isTrue();
    assertThat(split.messages())
        .isInstanceOfSatisfying(
            Messages.Malformed.class,
            bad -> {
              assertThat(bad.why()).isNotBlank();
              assertThat(bad.line()).isPositive();
              assertThat(bad.byteOffset()).isBetween(0L, (long) body.length() * 3);
            });
  }

  @Test
  void refusesTextThatIsNotUtf8AndOtherEncodingsOfJson() {
    byte[] overlong = {'"', (byte) 0xC0, (byte) 0xAF, '"'};
    byte[] utf16 = "[1]".getBytes(StandardCharsets.UTF_16BE);

    assertThat(JsonSplitter.split(Bytes.wrap(overlong)).messages())
        .isInstanceOfSatisfying(
            Messages.Malformed.class, bad -> assertThat(bad.byteOffset()).isEqualTo(1));
    assertThat(JsonSplitter.split(Bytes.wrap(utf16)).messages())
        .isInstanceOf(Messages.Malformed.class);
  }

  @Test
  void refusesNestingThatWouldExhaustTheStack() {
    String deep = "[".repeat(100_000) + "]".repeat(100_000);

    assertThat(JsonSplitter.split(Bytes.utf8(deep)).messages())
        .isInstanceOf(Messages.Malformed.class);
  }

  @Test
  void keepsEveryMessageOfRandomArrays() {
    for (int seed = 0; seed < 500; seed++) {
      Random random = new Random(seed);
      List<String> values = new ArrayList<>();
      for (int i = random.nextInt(6); i >= 0; i--) {
        values.add(value(random, 3));
      }
      String gap = random.nextBoolean() ? "" : " \n\t";
      Bytes stored =
          JsonSplitter.split(
                  Bytes.utf8("[" + gap + String.join(gap + "," + gap, values) + gap + "]"))
              .stored();

      assertThat(stored.toUtf8()).as("seed %d", seed).isEqualTo(String.join(",\n", values) + ",\n");
    }
  }

  private static String value(Random random, int depth) {
    return switch (random.nextInt(depth > 0 ? 6 : 4)) {
      case 0 -> Integer.toString(random.nextInt());
      case 1 -> random.nextBoolean() ? "\"é😀\\n\\\"],{\"" : "\"\"";
      case 2 -> Boolean.toString(random.nextBoolean());
      case 3 -> Double.toString(random.nextDouble());
      case 4 -> "[" + value(random, depth - 1) + "," + value(random, depth - 1) + "]";
      default -> "{\"k\":" + value(random, depth - 1) + "}";
    };
  }
}
