package dev.streamkeeper.stream;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * The media type of a stream. Two types match when their {@code type/subtype} agrees, whatever the
 * case and the parameters.
 *
 * @param value the header value as its creator wrote it, for example {@code text/plain;
 *     charset=utf-8}
 */
public record ContentType(String value) {

  private static final Pattern FORM =
      Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+/[!#$%&'*+.^_`|~0-9A-Za-z-]+[ \t]*(;[ -~]*)?");

  /** What a stream has when its creator named none (PROTOCOL 5.1). */
  public static final ContentType OCTET_STREAM = new ContentType("application/octet-stream");

  /** JSON mode (PROTOCOL 9.1). */
  public static final ContentType JSON = new ContentType("application/json");

  /** Longest header value in characters. */
  public static final int MAX_LENGTH = 256;

  /**
   * Checks the form.
   *
   * @param value the header value as its creator wrote it, for example {@code text/plain;
   *     charset=utf-8}
   * @throws IllegalArgumentException if the value is not {@code type/subtype}, optionally followed
   *     by parameters, of printable ASCII and at most {@link #MAX_LENGTH} characters
   */
  public ContentType {
    if (value.length() > MAX_LENGTH || !FORM.matcher(value).matches()) {
      throw new IllegalArgumentException(
          "a content type is 'type/subtype' with optional parameters, at most "
              + MAX_LENGTH
              + " characters: "
              + value);
    }
  }

  /** {@return the {@code type/subtype} in lower case, without parameters} */
  public String essence() {
    int end = value.indexOf(';');
    return (end < 0 ? value : value.substring(0, end)).strip().toLowerCase(Locale.ROOT);
  }

  /**
   * {@return whether both name the same {@code type/subtype}}
   *
   * @param other the other content type
   */
  public boolean matches(ContentType other) {
    return value.equals(other.value) || essence().equals(other.essence());
  }

  /** {@return whether the stream holds JSON messages (PROTOCOL 9.1)} */
  public boolean isJson() {
    return essence().equals("application/json");
  }

  /**
   * {@return whether server-sent events carry the stream as text instead of base64 (PROTOCOL 5.8)}
   */
  public boolean isText() {
    String essence = essence();
    return essence.startsWith("text/") || essence.equals("application/json");
  }

  @Override
  public String toString() {
    return value;
  }
}
