package io.millrace.channel.script;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.millrace.contracts.ThreadSafety;
import io.millrace.domain.Limits;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;

/**
 * Reads YAML as the objects, arrays and texts of JSON. Nothing is made of it but plain values; how deep they lie and how
 * many they are once references are followed is limited, for a small text can stand for an endless one.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class YamlText {
    private int values;

    private YamlText() {}

    /** @throws IOException if the text is no YAML, no object, or stands for too much; the message names the line */
    static JsonNode object(String text) throws IOException {
        var value = new YamlText().json(load(text), 0);
        if (!value.isObject()) {
            throw new IOException("it holds no object");
        }
        return value;
    }

    private static @Nullable Object load(String text) throws IOException {
        var options = new LoaderOptions();
        options.setNestingDepthLimit(Limits.SCRIPT_VALUE_DEPTH_MAX);
        options.setCodePointLimit(Limits.SCRIPT_FILE_BYTES_MAX);
        try {
            return new Yaml(new SafeConstructor(options)).load(text);
        } catch (MarkedYAMLException e) {
            var mark = e.getProblemMark();
            String line = mark == null ? "" : "line " + (mark.getLine() + 1) + ": ";
            throw new IOException(line + PlainText.of(String.valueOf(e.getProblem())), e);
        } catch (YAMLException e) {
            throw new IOException(PlainText.of(String.valueOf(e.getMessage())), e);
        }
    }

    private JsonNode json(@Nullable Object value, int depth) throws IOException {
        if (++values > Limits.SCRIPT_VALUES_MAX || depth > Limits.SCRIPT_VALUE_DEPTH_MAX) {
            throw new IOException(
                    "it stands for more than " + Limits.SCRIPT_VALUES_MAX + " values, or for values more than "
                            + Limits.SCRIPT_VALUE_DEPTH_MAX + " levels deep in each other");
        }
        return switch (value) {
            case null -> JsonNodeFactory.instance.nullNode();
            case Map<?, ?> map -> {
                var object = JsonNodeFactory.instance.objectNode();
                for (var entry : map.entrySet()) {
                    object.set(String.valueOf(entry.getKey()), json(entry.getValue(), depth + 1));
                }
                yield object;
            }
            case List<?> list -> {
                var array = JsonNodeFactory.instance.arrayNode();
                for (var element : list) {
                    array.add(json(element, depth + 1));
                }
                yield array;
            }
            default -> JsonNodeFactory.instance.textNode(value.toString());
        };
    }
}
