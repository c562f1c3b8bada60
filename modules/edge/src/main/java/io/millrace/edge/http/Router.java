package io.millrace.edge.http;

import io.millrace.api.v1.NearName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds what a method and a path stand for, in a table of path templates. Templates are literal segments and parameters
 * such as {@code {job}}, with an optional custom method behind a colon in the last segment. A name of a process may have
 * colons of its own, as names of scripts have: what stands behind its last one is a custom method only if there is one of
 * that name.
 *
 * @param <T> what paths stand for
 */
public final class Router<T> {
    private static final String PARAMETER_WITH_COLONS = "{process}";

    private final Node<T> root = new Node<>("");

    /** What was found. */
    public sealed interface Match<T> {

        /**
         * The path and the method are known.
         *
         * @param target what the path stands for
         * @param parameters values of the template's parameters, in order
         */
        record Found<T>(T target, List<String> parameters) implements Match<T> {
            public Found {
                parameters = List.copyOf(parameters);
            }
        }

        /**
         * The path is known, the method is not.
         *
         * @param allowed the methods that are, in order
         */
        record WrongMethod<T>(List<String> allowed) implements Match<T> {
            public WrongMethod {
                allowed = List.copyOf(allowed);
            }
        }

        /**
         * The path is not known.
         *
         * @param suggestion a known template that is near, absent if none is
         */
        record Unknown<T>(@Nullable String suggestion) implements Match<T> {}
    }

    /** Adds a template. */
    public Router<T> add(String method, String template, T target) {
        Node<T> node = root;
        String[] segments =
                template.equals("/") ? new String[0] : template.substring(1).split("/", -1);
        String verb = "";
        for (int i = 0; i < segments.length; i++) {
            String segment = segments[i];
            int colon = i == segments.length - 1 ? segment.lastIndexOf(':') : -1;
            verb = colon < 0 ? "" : segment.substring(colon + 1);
            node = node.childFor(colon < 0 ? segment : segment.substring(0, colon));
        }
        if (node.targets.computeIfAbsent(verb, _ -> new TreeMap<>()).putIfAbsent(method, target) != null) {
            throw new IllegalArgumentException("two routes for " + method + " " + template);
        }
        return this;
    }

    /** Finds what a request stands for. */
    public Match<T> find(String method, List<String> segments) {
        List<String> parameters = new ArrayList<>(2);
        Node<T> node = root;
        int last = segments.size() - 1;
        for (int i = 0; i <= last; i++) {
            String segment = segments.get(i);
            int colon = i == last ? segment.lastIndexOf(':') : -1;
            String name = colon < 0 ? segment : segment.substring(0, colon);
            Node<T> child = name.isEmpty() ? null : node.child(name);
            if (child == null) {
                return new Match.Unknown<>(suggestion(node, name, segments, i));
            }
            boolean isWholeName = colon >= 0 && child.isNamedWithColons(method, segment.substring(colon + 1));
            if (child.isParameter) {
                parameters.add(isWholeName ? segment : name);
            }
            if (colon >= 0 && !isWholeName) {
                return in(child, method, segment.substring(colon + 1), parameters);
            }
            node = child;
        }
        return in(node, method, "", parameters);
    }

    private Match<T> in(Node<T> node, String method, String verb, List<String> parameters) {
        Map<String, T> byMethod = node.targets.get(verb);
        if (byMethod == null) {
            String near = NearName.of(verb, node.targets.keySet());
            return new Match.Unknown<>(near == null || near.isEmpty() ? null : node.template + ":" + near);
        }
        T target = byMethod.get(method);
        return target == null
                ? new Match.WrongMethod<>(List.copyOf(byMethod.keySet()))
                : new Match.Found<>(target, parameters);
    }

    private static <T> @Nullable String suggestion(Node<T> node, String name, List<String> segments, int at) {
        if (name.isEmpty()) {
            return node.targets.containsKey("") ? node.template : null;
        }
        Set<String> literals = node.literals.keySet();
        String near = NearName.of(name, literals);
        if (near == null) {
            return null;
        }
        StringBuilder path = new StringBuilder(node.template).append('/').append(near);
        for (int i = at + 1; i < segments.size(); i++) {
            path.append('/').append(segments.get(i));
        }
        return path.toString();
    }

    private static final class Node<T> {
        final String template;
        final Map<String, Node<T>> literals = new HashMap<>();
        final Map<String, Map<String, T>> targets = new HashMap<>();
        boolean isParameter;
        boolean takesColons;

        @Nullable Node<T> parameter;

        Node(String template) {
            this.template = template;
        }

        @Nullable Node<T> child(String segment) {
            Node<T> literal = literals.get(segment);
            return literal != null ? literal : parameter;
        }

        /** True if what looks like a custom method is the end of a name. */
        boolean isNamedWithColons(String method, String verb) {
            return takesColons && !isOffered(method, verb) && isOffered(method, "");
        }

        private boolean isOffered(String method, String verb) {
            Map<String, T> byMethod = targets.get(verb);
            return byMethod != null && byMethod.containsKey(method);
        }

        Node<T> childFor(String segment) {
            if (!segment.startsWith("{")) {
                return literals.computeIfAbsent(segment, name -> new Node<>(template + "/" + name));
            }
            if (parameter == null) {
                parameter = new Node<>(template + "/" + segment);
                parameter.isParameter = true;
                parameter.takesColons = segment.equals(PARAMETER_WITH_COLONS);
            }
            return parameter;
        }
    }
}
