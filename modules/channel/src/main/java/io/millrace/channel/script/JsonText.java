package io.millrace.channel.script;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.millrace.domain.Limits;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** JSON as people write it for their tools: with comments and with a comma too many. */
final class JsonText {
    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(Limits.SCRIPT_VALUE_DEPTH_MAX)
                            .build())
                    .build())
            .enable(JsonReadFeature.ALLOW_JAVA_COMMENTS, JsonReadFeature.ALLOW_TRAILING_COMMA)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private JsonText() {}

    /** @throws IOException if the text is no object */
    static JsonNode object(String text) throws IOException {
        var value = MAPPER.readTree(text);
        if (!value.isObject()) {
            throw new IOException("it holds no object");
        }
        return value;
    }

    /** Why a text could not be read, as a clause that does not quote it at length. */
    static String reason(IOException e) {
        if (e instanceof JsonProcessingException broken && broken.getLocation() != null) {
            return "line " + broken.getLocation().getLineNr() + ": " + PlainText.of(broken.getOriginalMessage());
        }
        return FileText.reason(e);
    }

    /** The texts of an array, or the one text there is. */
    static List<String> texts(JsonNode value) {
        var texts = new ArrayList<String>();
        if (value.isTextual()) {
            texts.add(value.textValue());
        }
        for (var element : value) {
            if (value.isArray() && element.isTextual()) {
                texts.add(element.textValue());
            }
        }
        return texts;
    }
}
