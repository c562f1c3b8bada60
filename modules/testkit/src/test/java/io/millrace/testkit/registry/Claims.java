package io.millrace.testkit.registry;

import io.millrace.contracts.Proves;
import io.millrace.testkit.project.ProjectTree;
import io.millrace.testkit.project.ProjectTree.Module;
import java.io.IOException;
import java.lang.classfile.AnnotationElement;
import java.lang.classfile.AnnotationValue;
import java.lang.classfile.AttributedElement;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.constant.ClassDesc;
import java.lang.reflect.AccessFlag;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Collects the {@code @Proves} marks of compiled classes. Classes are read, not loaded, so modules need not be on the
 * class path. A mark on an abstract class or interface counts for every concrete class below it, as its tests do.
 */
final class Claims {
    private static final ClassDesc MARK = Proves.class.describeConstable().orElseThrow();
    private static final String BENCHMARKS = "benchmarks";

    private final Map<String, Scanned> classes = new HashMap<>();

    private record Scanned(Module module, Claim.Origin origin, ClassModel model, Instant compiled) {}

    private Claims() {}

    /** Every mark in the test classes of the modules, and in the main classes of testkit and benchmarks. */
    static List<Claim> of(List<Module> modules) throws IOException {
        var claims = new Claims();
        for (Module module : modules) {
            boolean isBenchmarks = module.name().equals(BENCHMARKS);
            claims.scan(module, module.classes(), isBenchmarks ? Claim.Origin.BENCHMARK : Claim.Origin.TEST);
            claims.scan(module, module.testClasses(), Claim.Origin.TEST);
        }
        return claims.collect();
    }

    private void scan(Module module, Path directory, Claim.Origin origin) throws IOException {
        for (Path file : ProjectTree.files(directory, ".class")) {
            ClassModel model = ClassFile.of().parse(file);
            Instant compiled = Files.getLastModifiedTime(file).toInstant();
            classes.put(model.thisClass().asInternalName(), new Scanned(module, origin, model, compiled));
        }
    }

    private List<Claim> collect() {
        List<Claim> claims = new ArrayList<>();
        Set<String> inherited = new HashSet<>();
        for (Scanned scanned : classes.values()) {
            if (isConcrete(scanned)) {
                for (Scanned source : lineage(scanned)) {
                    inherited.add(source.model().thisClass().asInternalName());
                    claims.addAll(marksIn(source, scanned));
                }
            }
        }
        classes.forEach((name, scanned) -> {
            if (!inherited.contains(name)) {
                claims.addAll(marksIn(scanned, scanned));
            }
        });
        return List.copyOf(claims);
    }

    /** The class itself and everything it inherits from, as far as it is in the project. */
    private Set<Scanned> lineage(Scanned scanned) {
        Set<Scanned> lineage = new HashSet<>(Set.of(scanned));
        ClassModel model = scanned.model();
        Stream.concat(model.superclass().stream(), model.interfaces().stream())
                .map(ClassEntry::asInternalName)
                .map(classes::get)
                .filter(parent -> parent != null)
                .forEach(parent -> lineage.addAll(lineage(parent)));
        return lineage;
    }

    private static List<Claim> marksIn(Scanned source, Scanned runsIn) {
        List<Claim> claims = new ArrayList<>();
        rows(source.model()).forEach(row -> claims.add(claim(row, runsIn, null)));
        for (MethodModel method : source.model().methods()) {
            rows(method)
                    .forEach(row ->
                            claims.add(claim(row, runsIn, method.methodName().stringValue())));
        }
        return claims;
    }

    private static Claim claim(String row, Scanned runsIn, @Nullable String method) {
        String className = runsIn.model().thisClass().asInternalName().replace('/', '.');
        return new Claim(row, runsIn.origin(), runsIn.module().name(), className, method, runsIn.compiled());
    }

    private static boolean isConcrete(Scanned scanned) {
        return !scanned.model().flags().has(AccessFlag.ABSTRACT);
    }

    private static List<String> rows(AttributedElement element) {
        return element.findAttribute(Attributes.runtimeVisibleAnnotations()).stream()
                .flatMap(attribute -> attribute.annotations().stream())
                .filter(annotation -> annotation.classSymbol().equals(MARK))
                .flatMap(annotation -> annotation.elements().stream())
                .map(AnnotationElement::value)
                .flatMap(Claims::strings)
                .toList();
    }

    private static Stream<String> strings(AnnotationValue value) {
        return switch (value) {
            case AnnotationValue.OfArray array -> array.values().stream().flatMap(Claims::strings);
            case AnnotationValue.OfString string -> Stream.of(string.stringValue());
            default -> Stream.empty();
        };
    }
}
