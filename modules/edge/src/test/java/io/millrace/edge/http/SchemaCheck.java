package io.millrace.edge.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Checks values against the part of JSON Schema that the OpenAPI document uses. Beyond the schema, a reply may have no
 * field that the document does not name: what is not documented cannot be relied on.
 */
final class SchemaCheck {
    private final JsonNode document;
    private final List<String> violations = new ArrayList<>();

    SchemaCheck(JsonNode document) {
        this.document = document;
    }

    List<String> violations(JsonNode schema, JsonNode value) {
        check(schema, value, "$");
        return violations;
    }

    private void check(JsonNode schema, JsonNode value, String at) {
        if (schema.has("$ref")) {
            check(document.at(schema.path("$ref").asText().substring(1)), value, at);
            return;
        }
        for (JsonNode part : schema.path("allOf")) {
            check(part, value, at);
        }
        checkAlternatives(schema, value, at);
        checkType(schema, value, at);
        if (schema.has("enum")) {
            require(contains(schema.path("enum"), value), at + " is none of " + schema.path("enum"));
        }
        if (schema.has("const")) {
            require(schema.path("const").equals(value), at + " is not " + schema.path("const"));
        }
        if (value.isTextual() && schema.has("pattern")) {
            require(
                    Pattern.compile(schema.path("pattern").asText())
                            .matcher(value.asText())
                            .find(),
                    at + " does not match");
        }
        if (value.isNumber() && schema.has("minimum")) {
            require(value.asDouble() >= schema.path("minimum").asDouble(), at + " is too small");
        }
        checkParts(schema, value, at);
    }

    private void checkAlternatives(JsonNode schema, JsonNode value, String at) {
        for (String keyword : List.of("anyOf", "oneOf")) {
            if (schema.has(keyword)) {
                boolean fits = false;
                for (JsonNode alternative : schema.path(keyword)) {
                    fits |= new SchemaCheck(document)
                            .violations(alternative, value)
                            .isEmpty();
                }
                require(fits, at + " fits no alternative: " + value);
            }
        }
    }

    private void checkType(JsonNode schema, JsonNode value, String at) {
        JsonNode type = schema.path("type");
        boolean fits = type.isMissingNode() || (type.isTextual() && isOf(type.asText(), value));
        for (JsonNode one : type) {
            fits |= isOf(one.asText(), value);
        }
        require(fits, at + " is not of type " + type + ": " + value);
    }

    private void checkParts(JsonNode schema, JsonNode value, String at) {
        if (value.isArray() && schema.has("items")) {
            for (int i = 0; i < value.size(); i++) {
                check(schema.path("items"), value.get(i), at + "[" + i + "]");
            }
        }
        for (JsonNode required : schema.path("required")) {
            require(value.has(required.asText()), at + " lacks " + required.asText());
        }
        if (value.isObject() && schema.has("properties")) {
            value.properties().forEach(field -> {
                JsonNode property = schema.path("properties").path(field.getKey());
                require(!property.isMissingNode(), at + "." + field.getKey() + " is not documented");
                check(property, field.getValue(), at + "." + field.getKey());
            });
        }
    }

    private void require(boolean holds, String violation) {
        if (!holds) {
            violations.add(violation);
        }
    }

    private static boolean contains(JsonNode values, JsonNode value) {
        for (JsonNode each : values) {
            if (each.equals(value)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isOf(String type, JsonNode value) {
        return switch (type) {
            case "object" -> value.isObject();
            case "array" -> value.isArray();
            case "string" -> value.isTextual();
            case "integer" -> value.isIntegralNumber();
            case "number" -> value.isNumber();
            case "boolean" -> value.isBoolean();
            case "null" -> value.isNull();
            default -> false;
        };
    }
}
