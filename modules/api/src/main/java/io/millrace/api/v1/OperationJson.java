package io.millrace.api.v1;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Problem;
import io.millrace.contracts.channel.ChannelDeletion;
import java.io.IOException;
import java.time.Instant;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Operations that go on behind their answer. There is one kind: the deletion of a channel, whose id is made of the channel's
 * name and the time when it began.
 */
public final class OperationJson {
    private static final String TYPE = "deleteChannel";
    private static final Pattern ID = Pattern.compile(TYPE + "-(.{1,63})-([0-9]{1,15})");

    private OperationJson() {}

    /** What the id of an operation names; {@code NOT_FOUND} for a text that is none. */
    public static ChannelDeletion.Reference reference(String id) {
        Matcher parts = ID.matcher(id);
        if (parts.matches()) {
            try {
                return new ChannelDeletion.Reference(
                        new ChannelName(parts.group(1)), Instant.ofEpochMilli(Long.parseLong(parts.group(2))));
            } catch (MillraceException e) {
                throw unknown();
            }
        }
        throw unknown();
    }

    private static MillraceException unknown() {
        return Problem.of(
                        ErrorCode.NOT_FOUND,
                        "Channel",
                        "No operation has this id. Use the id that the request answered with which began it.")
                .asException();
    }

    /** Answer to the request that began it. */
    public static byte[] accepted(ChannelDeletion deletion) {
        return JsonText.bytes(json -> {
            json.writeStartObject();
            json.writeFieldName("operation");
            write(json, deletion);
            json.writeEndObject();
        });
    }

    public static void write(JsonGenerator json, ChannelDeletion deletion) throws IOException {
        Instant endedAt = deletion.endedAt();
        json.writeStartObject();
        json.writeStringField("id", id(deletion.reference()));
        json.writeStringField("type", TYPE);
        json.writeStringField("channel", deletion.reference().channel().value());
        json.writeStringField("state", endedAt == null ? "RUNNING" : "SUCCEEDED");
        json.writeStringField("startedAt", TimeText.format(deletion.reference().beganAt()));
        json.writeStringField("endedAt", endedAt == null ? null : TimeText.format(endedAt));
        json.writeFieldName("result");
        if (deletion.resultJson() == null) {
            json.writeNull();
        } else {
            json.writeRawValue(deletion.resultJson());
        }
        ReplyJson.writeConditions(json, deletion.conditions());
        json.writeEndObject();
    }

    private static String id(ChannelDeletion.Reference deletion) {
        return TYPE + "-" + deletion.channel() + "-" + deletion.beganAt().toEpochMilli();
    }
}
