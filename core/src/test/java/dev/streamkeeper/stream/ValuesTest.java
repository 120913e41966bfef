package dev.streamkeeper.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ValuesTest {

  @Test
  void anOffsetSortsAsTextAsItDoesAsANumber() {
    Random random = new Random(1);
    Offset last = Offset.ZERO;
    for (int i = 0; i < 1000; i++) {
      long position = last.position() + 1 + random.nextInt(1_000_000_000);
      Offset next = new Offset(position);
      assertThat(next.toString()).isGreaterThan(last.toString()).hasSize(33);
      assertThat(Offset.parse(next.toString())).isEqualTo(next);
      last = next;
    }
    assertThat(Offset.parse(new Offset(Offset.MAX_POSITION).toString()).position())
        .isEqualTo(Offset.MAX_POSITION);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "-1",
        "now",
        "0",
        "0000000000000000",
        "0000000000000000_000000000000000",
        "0000000000000000-0000000000000000",
        "0000000000000000_000000000000000a",
        "0000000000000000_00000000000000000",
        "٠000000000000000_0000000000000000"
      })
  void whatIsNoOffsetIsRecognized(String token) {
    assertThat(Offset.isWellFormed(token)).isFalse();
    assertThatThrownBy(() -> Offset.parse(token)).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", "/a", "a/", "a//b", ".", "..", "a/./b", "a/../b", "__ds", "__ds/x", "a\nb", "a\u0000",
        "\uD800"
      })
  void namesThatWouldMisleadAreRefused(String name) {
    assertThatThrownBy(() -> new StreamName(name))
        .isInstanceOf(IllegalArgumentException.class)
        .message()
        .isNotBlank();
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "a/b", "...", "x__ds", "a/__ds", "a b%20", "日本/é😀", "a?b#c"})
  void namesAreAnyOtherPath(String name) {
    assertThat(new StreamName(name).toString()).isEqualTo(name);
  }

  @Test
  void aNameHasAtMost1024Bytes() {
    assertThat(new StreamName("é".repeat(512)).toUtf8()).hasSize(1024);
    assertThatThrownBy(() -> new StreamName("é".repeat(512) + "x"))
        .hasMessageContaining("1024")
        .hasMessageContaining("1025");
  }

  @Test
  void namesSortAsTheirUtf8Bytes() {
    List<String> names =
        new ArrayList<>(List.of("a", "b", "a/b", "é", "\uFFFD", "😀", "z😀", "z\uFFFD"));
    List<String> byBytes = new ArrayList<>(names);
    byBytes.sort(
        Comparator.comparing(
            name -> name.getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned));
    names.sort(StreamName.UTF8_ORDER);

    assertThat(names).isEqualTo(byBytes);
  }

  @Test
  void contentTypesMatchWhateverTheirCaseAndParameters() {
    ContentType json = new ContentType("Application/JSON; charset=utf-8");

    assertThat(json.isJson()).isTrue();
    assertThat(json.matches(ContentType.JSON)).isTrue();
    assertThat(json.matches(new ContentType("text/plain"))).isFalse();
    assertThatThrownBy(() -> new ContentType("json")).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void bytesAreEqualByValueHoweverTheyWereCut() {
    Bytes whole = Bytes.utf8("hello world");

    assertThat(whole.slice(6, 11)).isEqualTo(Bytes.utf8("world"));
    assertThat(whole.slice(6, 11)).hasSameHashCodeAs(Bytes.utf8("world"));
    assertThat(Bytes.concat(List.of(whole.slice(0, 5), whole.slice(5, 11)))).isEqualTo(whole);
    assertThat(whole.lastIndexOf((byte) 'o', 7)).isEqualTo(4);
    assertThat(whole.indexOf((byte) 'o', 5)).isEqualTo(7);
    assertThatThrownBy(() -> whole.slice(3, 12)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void aStreamIdReadsBackFromItsText() {
    StreamId id = new StreamId(-2, 3);

    assertThat(StreamId.parse(id.toString())).isEqualTo(id);
    assertThatThrownBy(() -> StreamId.parse("xyz")).isInstanceOf(IllegalArgumentException.class);
  }
}
