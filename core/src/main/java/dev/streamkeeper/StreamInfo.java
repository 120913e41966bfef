package dev.streamkeeper;

import dev.streamkeeper.stream.ContentType;
import dev.streamkeeper.stream.Expiry;
import dev.streamkeeper.stream.Offset;
import dev.streamkeeper.stream.Retention;
import dev.streamkeeper.stream.StreamId;
import dev.streamkeeper.stream.StreamName;
import java.time.Instant;
import java.util.Optional;

/**
 * What is known of a stream without reading it (PROTOCOL 5.5).
 *
 * @param name its name
 * @param id its incarnation
 * @param contentType its content type
 * @param earliest first position that can be read
 * @param tail its end
 * @param closed whether it takes no more appends
 * @param expiry how it expires
 * @param expiresAt when it expires if nothing happens until then; absent if never. For a stream
 *     with a time-to-live that nobody used since the process started this may lie up to a sixteenth
 *     of the window too late
 * @param retention how much it keeps
 * @param createdAt when it was created
 * @param storage name of the storage that keeps it
 */
public record StreamInfo(
    StreamName name,
    StreamId id,
    ContentType contentType,
    Offset earliest,
    Offset tail,
    boolean closed,
    Expiry expiry,
    Optional<Instant> expiresAt,
    Retention retention,
    Instant createdAt,
    String storage) {}
