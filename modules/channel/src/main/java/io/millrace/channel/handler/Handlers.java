package io.millrace.channel.handler;

import io.millrace.channel.NearNames;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.handler.JobHandler;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The handlers of a node, found once at its start through {@link ServiceLoader}: on the class path, and in the jars of a
 * directory, which see the class path and each other.
 */
@ThreadSafety(ThreadSafety.Level.READ_SAFE)
public final class Handlers {
    private static final String COMPONENT = "Handlers";

    private final SortedMap<String, JobHandler> byName;

    private Handlers(SortedMap<String, JobHandler> byName) {
        this.byName = Collections.unmodifiableSortedMap(byName);
    }

    /**
     * Finds every handler.
     *
     * @param directory jars with further handlers; it may be missing
     * @throws io.millrace.contracts.MillraceException INVALID_STATE if two handlers have the same name, if one cannot be
     *     loaded, or if the directory cannot be read. A node must not start with less than its jobs expect
     */
    public static Handlers load(Path directory) {
        return of(found(loader(directory)));
    }

    /** Exactly these handlers. */
    public static Handlers of(List<JobHandler> handlers) {
        var byName = new TreeMap<String, JobHandler>();
        for (var handler : handlers) {
            var other = byName.putIfAbsent(handler.name(), handler);
            if (other != null) {
                throw cannotStart("The handlers " + origin(other) + " and " + origin(handler) + " have the same name '"
                        + handler.name() + "'. Rename one, or remove one of their jars.");
            }
        }
        return new Handlers(byName);
    }

    private static List<JobHandler> found(ClassLoader loader) {
        var handlers = new ArrayList<JobHandler>();
        try {
            ServiceLoader.load(JobHandler.class, loader).forEach(handlers::add);
        } catch (ServiceConfigurationError e) {
            throw cannotStart("A handler cannot be loaded: " + e.getMessage()
                    + ". Correct its META-INF/services entry or its constructor, or remove its jar.");
        }
        return handlers;
    }

    private static ClassLoader loader(Path directory) {
        var parent = Handlers.class.getClassLoader();
        if (!Files.isDirectory(directory)) {
            return parent;
        }
        var jars = new ArrayList<URL>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*.jar")) {
            for (var file : files) {
                jars.add(url(file));
            }
        } catch (IOException e) {
            throw cannotStart("The handlers directory " + directory + " cannot be read: " + e.getMessage()
                    + ". Correct its permissions, or remove it.");
        }
        // Open for as long as the node runs: handlers load further classes when they need them.
        return jars.isEmpty() ? parent : new URLClassLoader("handlers", jars.toArray(URL[]::new), parent);
    }

    private static URL url(Path file) throws MalformedURLException {
        return file.toUri().toURL();
    }

    private static String origin(JobHandler handler) {
        var source = handler.getClass().getProtectionDomain().getCodeSource();
        return handler.getClass().getName() + (source == null ? "" : " (" + source.getLocation() + ")");
    }

    private static RuntimeException cannotStart(String detail) {
        return Problem.of(ErrorCode.INVALID_STATE, COMPONENT, detail).asException();
    }

    public Optional<JobHandler> find(String name) {
        return Optional.ofNullable(byName.get(name));
    }

    /** Names of all handlers, in order. */
    public SortedSet<String> names() {
        return new TreeSet<>(byName.keySet());
    }

    /** Why a name leads to no handler, with the names that come near. */
    public Problem unknown(String name) {
        var near = NearNames.of(name, byName.keySet());
        String hint = near.isEmpty()
                ? "Known are: " + String.join(", ", byName.keySet()) + "."
                : "Did you mean " + String.join(" or ", near) + "?";
        return Problem.of(
                ErrorCode.NOT_FOUND,
                COMPONENT,
                "This node knows no handler '" + name + "'. " + hint
                        + " Handlers come from the node's class path and the jars in its handlers directory.",
                Map.of("handler", name));
    }
}
