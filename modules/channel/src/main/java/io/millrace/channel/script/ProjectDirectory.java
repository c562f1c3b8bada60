package io.millrace.channel.script;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.process.ScriptView;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The directory of one project, as scripts are looked for in it: its files within the limits, and the way to add what was
 * found. A file that cannot be used is as good as missing, and leaves a warning.
 *
 * @param member name of the member of a monorepo whose directory it is, empty for the directory that was named
 */
record ProjectDirectory(ScriptSearch search, Path path, String member) {

    boolean has(String file) {
        return Files.isRegularFile(path.resolve(file));
    }

    /** The first of these files that is there. */
    Optional<String> firstOf(String... files) {
        return Arrays.stream(files).filter(this::has).findFirst();
    }

    /** Text of a file. */
    Optional<String> text(String file) {
        if (!has(file) || !search.mayRead()) {
            return Optional.empty();
        }
        try {
            if (search.isInside(path.resolve(file))) {
                String text = FileText.read(path.resolve(file));
                search.countRead(text);
                return Optional.of(text);
            }
            search.warn(
                    source(file) + " was left out: it is a link to a file outside of the directory. Copy it there.");
        } catch (IOException e) {
            search.warn(source(file) + " was left out: " + FileText.reason(e) + ".");
        }
        return Optional.empty();
    }

    /** Lines of a file. */
    List<String> lines(String file) {
        return text(file).map(text -> text.lines().toList()).orElse(List.of());
    }

    /** Object in a file of JSON, with comments if it has some. */
    Optional<JsonNode> json(String file) {
        return parsed(file, "JSON", JsonText::object);
    }

    /** Tables of a file of TOML. */
    Optional<JsonNode> toml(String file) {
        return parsed(file, "TOML", TomlText::object);
    }

    /** Object in a file of YAML. */
    Optional<JsonNode> yaml(String file) {
        return parsed(file, "YAML", YamlText::object);
    }

    /** What a parser makes of the text of a file. */
    <T> Optional<T> parsed(String file, String form, Parser<T> parser) {
        return text(file).flatMap(text -> {
            try {
                return Optional.of(parser.parse(text));
            } catch (IOException e) {
                search.warn(source(file) + " was left out: it cannot be read as " + form + " (" + JsonText.reason(e)
                        + "). Correct it.");
                return Optional.empty();
            }
        });
    }

    /** Reads a text of one form; fails if it has another. */
    @FunctionalInterface
    interface Parser<T> {
        T parse(String text) throws IOException;
    }

    /** Entries of a directory in it that are not hidden, in order of their names; links that leave the tree are no entries. */
    List<Path> entries(String directory) {
        return entries(search, path.resolve(directory));
    }

    /** As {@link #entries(String)}, of any directory. */
    static List<Path> entries(ScriptSearch search, Path directory) {
        var found = new ArrayList<Path>();
        if (!Files.isDirectory(directory)) {
            return found;
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (var entry : entries) {
                if (!search.mayLookAtEntry()) {
                    break;
                }
                if (!entry.getFileName().toString().startsWith(".") && isUsable(search, entry)) {
                    found.add(entry);
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            search.warn(search.rootPath().relativize(directory) + " was left out: the directory cannot be read.");
        }
        found.sort(null);
        return found;
    }

    private static boolean isUsable(ScriptSearch search, Path entry) throws IOException {
        return !Files.isSymbolicLink(entry) || (Files.exists(entry) && search.isInside(entry));
    }

    /** Path of a file relative to the directory that was named. */
    String source(String file) {
        return search.rootPath().relativize(path.resolve(file)).toString();
    }

    /** Adds a script that is started in this directory. */
    void add(String tool, String name, String source, String description, List<String> command) {
        add(tool, name, source, description, command, path);
    }

    /** Adds a script that is started in another directory. */
    void add(String tool, String name, String source, String description, List<String> command, Path directory) {
        if (command.stream().anyMatch(argument -> argument.indexOf('\0') >= 0)) {
            search.warn(source(source) + " has a script with a NUL character, which no process can be given.");
        } else {
            search.add(this, new ScriptView(name, tool, command, directory.toString(), source(source), description));
        }
    }

    /** Path of a wrapper script of a tool if the project brings one, else the tool's own name. */
    String wrapperOr(String wrapper, String tool) {
        return Files.isExecutable(path.resolve(wrapper)) && has(wrapper) ? "./" + wrapper : tool;
    }
}
