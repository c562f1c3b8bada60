package io.millrace.api.v1;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.contracts.handle.HandleText;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.lock.HierarchyReport;
import io.millrace.contracts.lock.Lease;
import io.millrace.contracts.lock.LockAnswer;
import io.millrace.contracts.lock.LockGraph;
import io.millrace.contracts.lock.LockName;
import io.millrace.contracts.lock.LockView;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes what is said of locks (HTTP contract, section 4). A field that has no value is written as null. */
public final class LockJson {
    private LockJson() {}

    /** Answer to a wish for a lock. */
    public static void writeAnswer(JsonGenerator json, LockAnswer answer) throws IOException {
        switch (answer) {
            case LockAnswer.Granted granted -> writeGranted(json, granted.lease(), granted.warnings());
            case LockAnswer.NotGranted refused -> writeNotGranted(json, refused);
        }
    }

    /** A lease that is held, with the orders that taking it inverted. */
    public static void writeGranted(JsonGenerator json, Lease lease, List<String> warnings) throws IOException {
        json.writeStartObject();
        json.writeBooleanField("acquired", true);
        json.writeStringField("lock", lease.lock().value());
        json.writeStringField("owner", lease.owner().name());
        json.writeStringField("lease", HandleText.format(lease.handle()));
        json.writeNumberField("fencingToken", lease.token());
        ReplyJson.writeTime(json, "expiresAt", lease.expiresAt());
        json.writeArrayFieldStart("warnings");
        for (String warning : warnings) {
            json.writeString(warning);
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    /** What came of giving a lease back. */
    public static void writeReleased(JsonGenerator json, LockName lock, boolean wasHeld) throws IOException {
        json.writeStartObject();
        json.writeBooleanField("released", wasHeld);
        json.writeStringField("lock", lock.value());
        json.writeStringField(
                "detail",
                wasHeld
                        ? "The lease has ended; the lock goes to whoever waits first."
                        : "The lease had ended before, so nothing was changed. What was done under it since then was"
                                + " not protected.");
        json.writeEndObject();
    }

    /** A lock. */
    public static void writeLock(JsonGenerator json, LockView lock) throws IOException {
        json.writeStartObject();
        writeLockFields(json, lock);
        json.writeEndObject();
    }

    /** The fields of a lock, into the object that is being written. */
    public static void writeLockFields(JsonGenerator json, LockView lock) throws IOException {
        json.writeStringField("lock", lock.lock().value());
        writeLevel(json, lock.level());
        writeHolder(json, lock.holder(), lock.heldSince());
        if (lock.holder() == null) {
            json.writeNullField("fencingToken");
        } else {
            json.writeNumberField("fencingToken", lock.token());
        }
        ReplyJson.writeTime(json, "heldSince", lock.heldSince());
        ReplyJson.writeTime(json, "expiresAt", lock.expiresAt());
        json.writeArrayFieldStart("waiters");
        for (LockView.Waiter waiter : lock.waiters()) {
            json.writeStartObject();
            HandleJson.writeOwner(json, waiter.owner());
            json.writeStringField("since", TimeText.format(waiter.since()));
            json.writeStringField("until", TimeText.format(waiter.until()));
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    /** Who waits for whom. */
    public static void writeGraph(JsonGenerator json, LockGraph graph) throws IOException {
        json.writeStartObject();
        json.writeArrayFieldStart("waits");
        for (LockGraph.Wait wait : graph.waits()) {
            json.writeStartObject();
            json.writeStringField("waiter", wait.waiter().name());
            json.writeStringField("lock", wait.lock().value());
            json.writeStringField("holder", wait.holder().name());
            json.writeStringField("since", TimeText.format(wait.since()));
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeArrayFieldStart("order");
        for (LockGraph.Order order : graph.order()) {
            json.writeStartObject();
            json.writeStringField("first", order.first().value());
            json.writeStringField("second", order.second().value());
            json.writeStringField("owner", order.owner().name());
            json.writeStringField("at", TimeText.format(order.at()));
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    /** Whether locks were taken in order. */
    public static void writeHierarchy(JsonGenerator json, HierarchyReport report) throws IOException {
        json.writeStartObject();
        json.writeBooleanField("valid", report.valid());
        writeLocks(json, "order", report.order());
        json.writeArrayFieldStart("holdings");
        for (HierarchyReport.Holding holding : report.holdings()) {
            json.writeStartObject();
            json.writeStringField("owner", holding.owner().name());
            json.writeStringField("lock", holding.lock().value());
            writeLevel(json, holding.level());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeArrayFieldStart("violations");
        for (HierarchyReport.OrderViolation violation : report.violations()) {
            writeViolation(json, violation);
        }
        json.writeEndArray();
        json.writeArrayFieldStart("waitCycles");
        for (List<Owner> cycle : report.waitCycles()) {
            json.writeStartArray();
            for (Owner owner : cycle) {
                json.writeString(owner.name());
            }
            json.writeEndArray();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void writeNotGranted(JsonGenerator json, LockAnswer.NotGranted answer) throws IOException {
        json.writeStartObject();
        json.writeBooleanField("acquired", false);
        json.writeStringField("lock", answer.lock().value());
        writeHolder(json, answer.holder(), answer.heldSince());
        json.writeEndObject();
    }

    private static void writeViolation(JsonGenerator json, HierarchyReport.OrderViolation violation)
            throws IOException {
        json.writeStartObject();
        json.writeStringField("owner", violation.owner().name());
        json.writeStringField("lock", violation.lock().value());
        writeLevel(json, violation.level());
        json.writeArrayFieldStart("heldLevels");
        for (int level : violation.heldLevels()) {
            json.writeNumber(level);
        }
        json.writeEndArray();
        writeLocks(json, "heldLocks", violation.heldLocks());
        json.writeStringField("detail", violation.detail());
        json.writeEndObject();
    }

    private static void writeHolder(JsonGenerator json, @Nullable Owner holder, @Nullable Instant since)
            throws IOException {
        json.writeFieldName("holder");
        if (holder == null) {
            json.writeNull();
            return;
        }
        json.writeStartObject();
        HandleJson.writeOwner(json, holder);
        ReplyJson.writeTime(json, "since", since);
        json.writeEndObject();
    }

    private static void writeLevel(JsonGenerator json, @Nullable Integer level) throws IOException {
        if (level == null) {
            json.writeNullField("level");
        } else {
            json.writeNumberField("level", level);
        }
    }

    private static void writeLocks(JsonGenerator json, String field, List<LockName> locks) throws IOException {
        json.writeArrayFieldStart(field);
        for (LockName lock : locks) {
            json.writeString(lock.value());
        }
        json.writeEndArray();
    }
}
