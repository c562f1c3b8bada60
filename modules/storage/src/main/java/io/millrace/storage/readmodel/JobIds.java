package io.millrace.storage.readmodel;

import io.millrace.contracts.JobId;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Job ids as the database holds them: the same 128 bits as a uuid, which sorts like the id. */
final class JobIds {
    private static final int BYTES = 16;

    private JobIds() {}

    static UUID toUuid(JobId id) {
        return new UUID(id.high(), id.low());
    }

    static JobId fromUuid(UUID uuid) {
        return new JobId(uuid.getMostSignificantBits(), uuid.getLeastSignificantBits());
    }

    static byte[] toBytes(List<JobId> ids) {
        ByteBuffer bytes = ByteBuffer.allocate(ids.size() * BYTES);
        for (JobId id : ids) {
            bytes.putLong(id.high()).putLong(id.low());
        }
        return bytes.array();
    }

    static List<JobId> fromBytes(byte[] bytes) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        List<JobId> ids = new ArrayList<>(bytes.length / BYTES);
        while (buffer.remaining() >= BYTES) {
            ids.add(new JobId(buffer.getLong(), buffer.getLong()));
        }
        return ids;
    }
}
