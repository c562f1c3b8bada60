package io.millrace.testkit.architecture;

import io.millrace.testkit.project.ProjectTree;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Compiled classes, read and not loaded. */
final class CompiledClasses {
    private CompiledClasses() {}

    /** @throws IllegalStateException if a module has none: a scan of nothing would find nothing */
    static Stream<ClassModel> of(List<String> modules) {
        return modules.stream().flatMap(module -> {
            List<Path> files = ProjectTree.files(ProjectTree.module(module).classes(), ".class");
            if (files.isEmpty()) {
                throw new IllegalStateException("module " + module + " has no compiled classes; compile it first");
            }
            return files.stream().map(CompiledClasses::read);
        });
    }

    /** A class of the tests themselves, to show that a scan works. */
    static ClassModel of(Class<?> type) {
        String file = type.getName().substring(type.getPackageName().length() + 1) + ".class";
        try (InputStream bytes = type.getResourceAsStream(file)) {
            if (bytes == null) {
                throw new IllegalStateException("no bytecode of " + type);
            }
            return ClassFile.of().parse(bytes.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String name(ClassModel model) {
        return model.thisClass().asInternalName().replace('/', '.');
    }

    private static ClassModel read(Path file) {
        try {
            return ClassFile.of().parse(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
