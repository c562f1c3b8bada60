package io.millrace.testkit.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.millrace.contracts.Proves;
import io.millrace.testkit.project.ProjectTree.Module;
import java.io.IOException;
import java.lang.classfile.Annotation;
import java.lang.classfile.AnnotationElement;
import java.lang.classfile.AnnotationValue;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.attribute.RuntimeVisibleAnnotationsAttribute;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The classes under test are made here: real ones with made-up claims would be found by the check of the build. */
class ClaimsTest {
    private static final int ABSTRACT = ClassFile.ACC_PUBLIC | ClassFile.ACC_ABSTRACT;

    @TempDir
    Path directory;

    @Test
    void findsMarksOnMethodsAndOnClasses() throws IOException {
        write(
                "test-classes",
                "a.SlotsTest",
                type -> type.with(marks("T-01"))
                        .withMethodBody("works", ConstantDescs.MTD_void, ClassFile.ACC_PUBLIC, code -> code.return_()));
        write("test-classes", "a.LocksTest", type -> markedMethod(type, "holds", "T-08", "T-09"));

        var claims = Claims.of(List.of(new Module("channel", directory)));

        assertThat(claims)
                .extracting(Claim::row, Claim::place, Claim::origin)
                .containsExactlyInAnyOrder(
                        tuple("T-01", "SlotsTest", Claim.Origin.TEST),
                        tuple("T-08", "LocksTest#holds", Claim.Origin.TEST),
                        tuple("T-09", "LocksTest#holds", Claim.Origin.TEST));
    }

    @Test
    void aMarkOfAnAbstractTestCountsForEveryClassThatExtendsIt() throws IOException {
        write("test-classes", "a.ClockContract", type -> markedMethod(type.withFlags(ABSTRACT), "ticks", "T-01"));
        write("test-classes", "a.MockClockTest", type -> type.withSuperclass(ClassDesc.of("a.ClockContract")));
        write("test-classes", "a.RealClockTest", type -> type.withSuperclass(ClassDesc.of("a.ClockContract")));

        var claims = Claims.of(List.of(new Module("channel", directory)));

        assertThat(claims)
                .extracting(Claim::place)
                .containsExactlyInAnyOrder("MockClockTest#ticks", "RealClockTest#ticks");
    }

    @Test
    void aMarkOfAnAbstractTestNobodyExtendsIsNotLost() throws IOException {
        write("test-classes", "a.ClockContract", type -> markedMethod(type.withFlags(ABSTRACT), "ticks", "T-01"));

        var claims = Claims.of(List.of(new Module("channel", directory)));

        assertThat(claims).extracting(Claim::place).containsExactly("ClockContract#ticks");
    }

    @Test
    void aMarkInTheHarnessOfTheBenchmarksIsAClaimOfABenchmark() throws IOException {
        write("classes", "a.Submit", type -> markedMethod(type, "single", "B-161"));

        var claims = Claims.of(List.of(new Module("benchmarks", directory)));

        assertThat(claims)
                .extracting(Claim::row, Claim::origin)
                .containsExactly(tuple("B-161", Claim.Origin.BENCHMARK));
    }

    private void write(String output, String className, Consumer<ClassBuilder> content) throws IOException {
        Path file = directory.resolve("target").resolve(output).resolve(className.replace('.', '/') + ".class");
        Files.createDirectories(file.getParent());
        Files.write(file, ClassFile.of().build(ClassDesc.of(className), content));
    }

    private static void markedMethod(ClassBuilder type, String name, String... rows) {
        type.withMethod(name, ConstantDescs.MTD_void, ClassFile.ACC_PUBLIC, method -> {
            method.with(marks(rows));
            method.withCode(code -> code.return_());
        });
    }

    private static RuntimeVisibleAnnotationsAttribute marks(String... rows) {
        List<AnnotationValue> values = List.of(rows).stream()
                .<AnnotationValue>map(AnnotationValue::ofString)
                .toList();
        return RuntimeVisibleAnnotationsAttribute.of(Annotation.of(
                Proves.class.describeConstable().orElseThrow(),
                AnnotationElement.of("value", AnnotationValue.ofArray(values))));
    }
}
