package dev.streamkeeper.server;

import dev.streamkeeper.stream.Bytes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.Optional;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;

/**
 * Content codings of answers. Not the HTTP server's own, which would compress whole pages on the
 * event loop, and would depend on how an application configured its server.
 */
enum Compression {
  /** The one that is preferred where a client takes both. */
  GZIP("gzip") {
    @Override
    OutputStream around(OutputStream out) throws IOException {
      return new GZIPOutputStream(out, BUFFER) {
        {
          def.setLevel(LEVEL);
        }
      };
    }
  },
  /** In the zlib format, as RFC 9110 has it. */
  DEFLATE("deflate") {
    @Override
    OutputStream around(OutputStream out) {
      return new DeflaterOutputStream(out, new Deflater(LEVEL), BUFFER) {
        @Override
        public void close() throws IOException {
          super.close();
          def.end();
        }
      };
    }
  };

  /** Shorter bodies gain nothing. */
  static final int MIN_BYTES = 1024;

  /** Longer bodies take too long for an event loop. */
  static final int LONG_BODY = 16 * 1024;

  private static final int LEVEL = 4;
  private static final int BUFFER = 4096;

  private final String token;

  Compression(String token) {
    this.token = token;
  }

  /** What the {@code Content-Encoding} header calls it. */
  String token() {
    return token;
  }

  abstract OutputStream around(OutputStream out) throws IOException;

  /** Compresses on the calling thread. */
  Bytes encode(Bytes body) {
    ByteArrayOutputStream compressed = new ByteArrayOutputStream(body.length() / 4 + 64);
    try (OutputStream out = around(compressed)) {
      out.write(body.toByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException("writing to an array can't fail", e);
    }
    return Bytes.wrap(compressed.toByteArray());
  }

  /**
   * The coding for a client.
   *
   * @param accepted the {@code Accept-Encoding} header, or the empty string
   */
  static Optional<Compression> acceptedBy(String accepted) {
    if (accepted.isEmpty()) {
      return Optional.empty();
    }
    for (Compression each : values()) {
      if (accepts(accepted.toLowerCase(Locale.ROOT), each.token)) {
        return Optional.of(each);
      }
    }
    return Optional.empty();
  }

  private static boolean accepts(String accepted, String token) {
    boolean any = false;
    for (String part : accepted.split(",", -1)) {
      String[] codingAndWeight = part.split(";", 2);
      String coding = codingAndWeight[0].strip();
      boolean wanted =
          codingAndWeight.length == 1
              || !codingAndWeight[1].strip().matches("q\\s*=\\s*0(\\.0{0,3})?");
      if (coding.equals(token)) {
        return wanted;
      }
      any |= coding.equals("*") && wanted;
    }
    return any;
  }
}
