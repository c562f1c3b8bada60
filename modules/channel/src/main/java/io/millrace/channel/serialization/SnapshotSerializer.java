package io.millrace.channel.serialization;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import io.millrace.domain.channel.ChannelSnapshot;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.NotSerializableException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Optional;
import net.jpountz.lz4.LZ4BlockInputStream;
import net.jpountz.lz4.LZ4BlockOutputStream;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.serialization.SerializerWithStringManifest;
import org.apache.pekko.serialization.jackson.JacksonObjectMapperProvider;

/**
 * Encodes snapshots as CBOR through a compressing stream, so that only the compressed form is ever whole in memory: a
 * channel of 1,000,000 jobs is hundreds of megabytes as CBOR and a small part of that once compressed.
 */
public final class SnapshotSerializer extends SerializerWithStringManifest {
    private static final int IDENTIFIER = 7303;
    private static final String MANIFEST = "ChannelSnapshot";
    private static final int BLOCK_BYTES = 1 << 18;

    private final ObjectMapper mapper;

    /** Called by Pekko. */
    public SnapshotSerializer(ExtendedActorSystem system) {
        this.mapper =
                JacksonObjectMapperProvider.get(system).create("millrace-journal", Optional.of(new CBORFactory()));
    }

    @Override
    public int identifier() {
        return IDENTIFIER;
    }

    @Override
    public String manifest(Object value) {
        return MANIFEST;
    }

    @Override
    public byte[] toBinary(Object value) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream compressed = new LZ4BlockOutputStream(bytes, BLOCK_BYTES)) {
            mapper.writeValue(compressed, value);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    @Override
    public Object fromBinary(byte[] bytes, String manifest) throws NotSerializableException {
        if (!manifest.equals(MANIFEST)) {
            throw new NotSerializableException("A snapshot of an unknown kind: " + manifest);
        }
        try (InputStream compressed = LZ4BlockInputStream.newBuilder().build(new ByteArrayInputStream(bytes))) {
            return mapper.readValue(compressed, ChannelSnapshot.class);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
