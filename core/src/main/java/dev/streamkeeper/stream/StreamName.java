package dev.streamkeeper.stream;

import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;

/**
 * The name of a stream: a path of non-empty segments separated by slashes, for example {@code
 * chats/42/answer}. Names compare by their Unicode code points, which is the order of their UTF-8
 * bytes.
 *
 * @param value the decoded path, without a leading slash
 */
public record StreamName(String value) implements Comparable<StreamName> {

  /** Longest name, in bytes of UTF-8. */
  public static final int MAX_BYTES = 1024;

  /** Orders any strings, such as names and prefixes of names, as their UTF-8 bytes are ordered. */
  public static final Comparator<String> UTF8_ORDER = StreamName::compareAsUtf8;

  /** First segment that the protocol keeps for itself (PROTOCOL 6). */
  public static final String RESERVED_SEGMENT = "__ds";

  /**
   * Checks the name.
   *
   * @param value the decoded path, without a leading slash
   * @throws IllegalArgumentException if it is empty, longer than {@link #MAX_BYTES}, not valid
   *     Unicode, holds a control character, an empty segment or a {@code .} or {@code ..} segment,
   *     or begins with the segment {@link #RESERVED_SEGMENT}; the message says which
   */
  public StreamName {
    String wrong = whatIsWrongWith(value);
    if (!wrong.isEmpty()) {
      throw new IllegalArgumentException(wrong);
    }
  }

  /** {@return the name as UTF-8, 1 to {@link #MAX_BYTES} bytes} */
  public byte[] toUtf8() {
    return value.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public int compareTo(StreamName other) {
    return UTF8_ORDER.compare(value, other.value);
  }

  @Override
  public String toString() {
    return value;
  }

  private static int compareAsUtf8(String left, String right) {
    int common = Math.min(left.length(), right.length());
    for (int i = 0; i < common; i++) {
      char a = left.charAt(i);
      char b = right.charAt(i);
      if (a != b) {
        // UTF-16 differs in that it sorts surrogates before U+E000 to U+FFFF.
        boolean supplementary = Character.isSurrogate(a);
        if (supplementary == Character.isSurrogate(b)) {
          return a - b;
        }
        return supplementary ? 1 : -1;
      }
    }
    return left.length() - right.length();
  }

  private static String whatIsWrongWith(String value) {
    if (value.isEmpty()) {
      return "a stream name has at least one character";
    }
    int bytes;
    try {
      bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(value)).remaining();
    } catch (CharacterCodingException e) {
      return "a stream name is valid Unicode; this one holds half a surrogate pair";
    }
    if (bytes > MAX_BYTES) {
      return "a stream name has at most " + MAX_BYTES + " bytes of UTF-8; this one has " + bytes;
    }
    if (value.chars().anyMatch(Character::isISOControl)) {
      return "a stream name holds no control characters";
    }
    int start = 0;
    while (start <= value.length()) {
      int slash = value.indexOf('/', start);
      int end = slash < 0 ? value.length() : slash;
      String segment = value.substring(start, end);
      if (segment.isEmpty()) {
        return "a stream name has no empty segments: no leading, trailing or double slash";
      }
      if (segment.equals(".") || segment.equals("..")) {
        return "a stream name has no '.' or '..' segments";
      }
      if (start == 0 && segment.equals(RESERVED_SEGMENT)) {
        return "names under '" + RESERVED_SEGMENT + "/' are reserved by the protocol";
      }
      start = end + 1;
    }
    return "";
  }
}
