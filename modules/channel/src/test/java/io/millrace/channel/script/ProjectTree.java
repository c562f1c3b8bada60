package io.millrace.channel.script;

import io.millrace.contracts.process.ScriptListing;
import io.millrace.contracts.process.ScriptView;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.NoSuchElementException;

/** Files of a project, and what the catalog finds in them. */
record ProjectTree(Path root) {

    ProjectTree with(String file, String... lines) {
        var path = root.resolve(file);
        try {
            Files.createDirectories(path.getParent());
            Files.writeString(path, String.join("\n", lines) + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    ProjectTree withProgram(String file) {
        with(file, "#!/bin/sh");
        if (!root.resolve(file).toFile().setExecutable(true)) {
            throw new IllegalStateException(file + " cannot be made executable");
        }
        return this;
    }

    ScriptListing listing() {
        return new ScriptCatalog(Runnable::run)
                .list(root.toString())
                .toCompletableFuture()
                .join();
    }

    List<String> names() {
        return listing().scripts().stream().map(ScriptView::name).toList();
    }

    List<String> warnings() {
        return listing().warnings();
    }

    ScriptView script(String name) {
        return listing().scripts().stream()
                .filter(script -> script.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new NoSuchElementException(name + " is not among " + names()));
    }

    List<String> command(String name) {
        return script(name).command();
    }
}
