/**
 * Streams without HTTP: {@link dev.streamkeeper.StreamManager} and the requests and outcomes that
 * go with it.
 *
 * <pre>{@code
 * try (StreamManager streams =
 *     StreamManager.builder().storage("memory", StorageConfig.of(Path.of("unused"))).build()) {
 *   StreamName name = new StreamName("greetings");
 *   BlockingStreams blocking = streams.blocking();
 *   blocking.create(name, CreateRequest.of(ContentType.JSON));
 *   blocking.append(name, AppendRequest.of(ContentType.JSON, Bytes.utf8("{\"hello\":\"world\"}")));
 *   if (blocking.read(name, ReadRequest.from(ReadFrom.BEGINNING)) instanceof Batch batch) {
 *     batch.messages().forEach(message -> System.out.println(message.json().toUtf8()));
 *   }
 * }
 * }</pre>
 */
@NullMarked
package dev.streamkeeper;

import org.jspecify.annotations.NullMarked;
