package io.millrace.edge.sse;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.api.v1.HttpProblem;
import io.millrace.api.v1.JsonText;
import io.millrace.api.v1.MediaTypeNames;
import io.millrace.api.v1.ProblemJson;
import java.io.IOException;
import java.util.List;
import org.apache.pekko.http.javadsl.model.ContentType;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpCharsets;
import org.apache.pekko.http.javadsl.model.MediaTypes;
import org.apache.pekko.util.ByteString;
import org.apache.pekko.util.ByteStringBuilder;
import org.jspecify.annotations.Nullable;

/** How a stream is written. Items are JSON except in {@link #TEXT}. */
public enum StreamFormat {
    /** Server-sent events; the id of an event is a durable cursor. */
    EVENTS(MediaTypeNames.EVENT_STREAM, ContentTypes.create(MediaTypes.TEXT_EVENT_STREAM)) {
        @Override
        public ByteString preamble() {
            return EVENTS_PREAMBLE;
        }

        @Override
        public ByteString heartbeat() {
            return EVENTS_HEARTBEAT;
        }

        @Override
        public void item(ByteStringBuilder out, String id, byte[] json) {
            out.append(ByteString.fromString("id: " + id + "\ndata: "));
            out.putBytes(json);
            out.append(BLANK_LINE);
        }

        @Override
        void notice(ByteStringBuilder out, String type, String text, JsonText.Value value) {
            out.append(ByteString.fromString("event: " + type + "\ndata: "));
            out.putBytes(JsonText.bytes(value));
            out.append(BLANK_LINE);
        }
    },

    /** One JSON object per line; an empty line is a heartbeat, and what is no item says what it is in {@code type}. */
    LINES(
            MediaTypeNames.NDJSON,
            ContentTypes.create(MediaTypes.applicationWithFixedCharset("x-ndjson", HttpCharsets.UTF_8))) {
        @Override
        public ByteString heartbeat() {
            return LINE_END;
        }

        @Override
        public void item(ByteStringBuilder out, String id, byte[] json) {
            out.putBytes(json);
            out.append(LINE_END);
        }

        @Override
        void notice(ByteStringBuilder out, String type, String text, JsonText.Value value) {
            out.putBytes(JsonText.bytes(json -> {
                json.writeStartObject();
                json.writeStringField("type", type);
                json.writeFieldName(type);
                value.writeTo(json);
                json.writeEndObject();
            }));
            out.append(LINE_END);
        }
    },

    /** Bare lines; a line in brackets says what is missing. */
    TEXT(MediaTypeNames.TEXT, ContentTypes.TEXT_PLAIN_UTF8) {
        @Override
        public void item(ByteStringBuilder out, String id, byte[] json) {
            throw new IllegalStateException("bare lines are written as they are");
        }

        @Override
        void notice(ByteStringBuilder out, String type, String text, JsonText.Value value) {
            if (!text.isEmpty()) {
                out.append(ByteString.fromString("[" + text + "]\n"));
            }
        }
    },

    /** One JSON object with a page of items: no stream at all. */
    PAGE(MediaTypeNames.JSON, ContentTypes.APPLICATION_JSON) {
        @Override
        public void item(ByteStringBuilder out, String id, byte[] json) {
            throw new IllegalStateException("a page is written as a whole");
        }

        @Override
        void notice(ByteStringBuilder out, String type, String text, JsonText.Value value) {
            throw new IllegalStateException("a page is written as a whole");
        }
    };

    private static final ByteString LINE_END = ByteString.fromString("\n");
    private static final ByteString BLANK_LINE = ByteString.fromString("\n\n");
    private static final ByteString EVENTS_HEARTBEAT = ByteString.fromString(":\n\n");

    /** Time after which a browser connects again, in milliseconds. */
    private static final ByteString EVENTS_PREAMBLE = ByteString.fromString("retry: 2000\n\n");

    private final String mediaType;

    @SuppressWarnings("ImmutableEnumChecker") // content types are immutable
    private final ContentType contentType;

    StreamFormat(String mediaType, ContentType contentType) {
        this.mediaType = mediaType;
        this.contentType = contentType;
    }

    public String mediaType() {
        return mediaType;
    }

    public ContentType contentType() {
        return contentType;
    }

    /** What a stream starts with. */
    public ByteString preamble() {
        return ByteString.emptyByteString();
    }

    /** What breaks a silence; empty if the format has nothing for that. */
    public ByteString heartbeat() {
        return ByteString.emptyByteString();
    }

    /** Writes an item. */
    public abstract void item(ByteStringBuilder out, String id, byte[] json);

    /** Writes something that is no item: {@code type} for machines, {@code text} for people. */
    abstract void notice(ByteStringBuilder out, String type, String text, JsonText.Value value);

    /** Says that items were missed because they are no longer kept. */
    public void gap(ByteStringBuilder out, long missed) {
        notice(out, "gap", missed + " missed: no longer kept", json -> {
            json.writeStartObject();
            json.writeNumberField("missed", missed);
            json.writeEndObject();
        });
    }

    /**
     * Says that the stream is at its end.
     *
     * @param nextAfter cursor to continue from
     * @param isComplete true if nothing can follow any more
     */
    public void end(ByteStringBuilder out, String nextAfter, boolean isComplete) {
        notice(out, "end", "", json -> {
            json.writeStartObject();
            json.writeStringField("nextAfter", nextAfter);
            json.writeBooleanField("isComplete", isComplete);
            json.writeEndObject();
        });
    }

    /** Says why the stream ends before its time. */
    ByteString error(HttpProblem problem) {
        ByteStringBuilder out = new ByteStringBuilder();
        notice(out, "error", "stream ended: " + problem.problem().detail(), json -> writeProblem(json, problem));
        return out.result();
    }

    private static void writeProblem(JsonGenerator json, HttpProblem problem) throws IOException {
        ProblemJson.write(json, problem.problem());
    }

    /**
     * The format a client prefers.
     *
     * @param accept value of its {@code Accept} header, absent for anything
     * @param offered what there is, in the order of the server's preference
     * @return null if the client accepts none of them
     */
    public static @Nullable StreamFormat preferred(@Nullable String accept, List<StreamFormat> offered) {
        if (accept == null || accept.isBlank()) {
            return offered.getFirst();
        }
        StreamFormat best = null;
        double bestQuality = 0;
        for (StreamFormat format : offered) {
            double quality = AcceptHeader.quality(accept, format.mediaType);
            if (quality > bestQuality) {
                best = format;
                bestQuality = quality;
            }
        }
        return best;
    }
}
