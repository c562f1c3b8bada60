package io.millrace.channel.script;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.ThreadSafety;
import io.millrace.domain.Limits;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Reads TOML 1.0 as the objects, arrays and texts of JSON. Numbers, booleans and times stay the text they are: nothing
 * that says what can be started is one. A text that is no TOML is refused, but not every one that breaks its rules about
 * repeated tables.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class TomlText {
    private static final Pattern BARE_KEY = Pattern.compile("[A-Za-z0-9_-]+");

    /** A date and a time of day may have a blank between them. */
    private static final Pattern BARE_VALUE = Pattern.compile("[A-Za-z0-9_.:+-]+( [0-9]{2}:[A-Za-z0-9_.:+-]+)?");

    private final TomlScanner in;
    private final ObjectNode root = JsonNodeFactory.instance.objectNode();

    private TomlText(String text) {
        this.in = new TomlScanner(text);
    }

    /** @throws IOException if the text is no TOML; the message names the line */
    static JsonNode object(String text) throws IOException {
        return new TomlText(text).read();
    }

    private JsonNode read() throws IOException {
        var table = root;
        for (in.skipLines(); !in.isAtEnd(); in.skipLines()) {
            if (in.takes("[[")) {
                table = appended(key());
                in.require("]]");
            } else if (in.takes("[")) {
                table = table(root, key());
                in.require("]");
            } else {
                readPair(table, 0);
            }
            in.requireEndOfLine();
        }
        return root;
    }

    private void readPair(ObjectNode table, int depth) throws IOException {
        var key = key();
        in.require("=");
        in.skipBlanks();
        var parent = table(table, key.subList(0, key.size() - 1));
        if (parent.has(key.getLast())) {
            throw in.refused("the key '" + PlainText.of(key.getLast()) + "' is there twice");
        }
        parent.set(key.getLast(), value(depth));
    }

    private List<String> key() throws IOException {
        var parts = new ArrayList<String>();
        do {
            if (parts.size() == Limits.SCRIPT_VALUE_DEPTH_MAX) {
                throw in.refused("a key has more than " + Limits.SCRIPT_VALUE_DEPTH_MAX + " parts");
            }
            in.skipBlanks();
            parts.add(in.isAt('"') || in.isAt('\'') ? in.string() : in.matching(BARE_KEY, "a key"));
            in.skipBlanks();
        } while (in.takes("."));
        return parts;
    }

    /** The table of a key, which is made if it is missing. Of an array of tables it is the last one. */
    private ObjectNode table(ObjectNode from, List<String> key) throws IOException {
        var table = from;
        for (String part : key) {
            var next = table.get(part);
            if (next instanceof ArrayNode array && !array.isEmpty()) {
                next = array.get(array.size() - 1);
            }
            if (next == null) {
                table = table.putObject(part);
            } else if (next instanceof ObjectNode found) {
                table = found;
            } else {
                throw in.refused("'" + PlainText.of(part) + "' is a value and a table");
            }
        }
        return table;
    }

    private ObjectNode appended(List<String> key) throws IOException {
        var parent = table(root, key.subList(0, key.size() - 1));
        var tables = parent.get(key.getLast());
        if (tables == null) {
            return parent.putArray(key.getLast()).addObject();
        }
        if (tables instanceof ArrayNode array) {
            return array.addObject();
        }
        throw in.refused("'" + PlainText.of(key.getLast()) + "' is no array of tables");
    }

    private JsonNode value(int depth) throws IOException {
        if (depth == Limits.SCRIPT_VALUE_DEPTH_MAX) {
            throw in.refused("values lie more than " + Limits.SCRIPT_VALUE_DEPTH_MAX + " levels deep in each other");
        }
        if (in.isAt('"') || in.isAt('\'')) {
            return JsonNodeFactory.instance.textNode(in.string());
        }
        if (in.takes("[")) {
            return array(depth);
        }
        if (in.takes("{")) {
            return inlineTable(depth);
        }
        return JsonNodeFactory.instance.textNode(in.matching(BARE_VALUE, "a value"));
    }

    private ArrayNode array(int depth) throws IOException {
        var array = JsonNodeFactory.instance.arrayNode();
        in.skipLines();
        while (!in.takes("]")) {
            array.add(value(depth + 1));
            in.skipLines();
            if (!in.takes(",") && !in.isAt(']')) {
                throw in.refused("',' or ']' is missing in an array");
            }
            in.skipLines();
        }
        return array;
    }

    private ObjectNode inlineTable(int depth) throws IOException {
        var table = JsonNodeFactory.instance.objectNode();
        in.skipBlanks();
        while (!in.takes("}")) {
            readPair(table, depth + 1);
            in.skipBlanks();
            if (!in.takes(",") && !in.isAt('}')) {
                throw in.refused("',' or '}' is missing in a table");
            }
            in.skipBlanks();
        }
        return table;
    }
}
