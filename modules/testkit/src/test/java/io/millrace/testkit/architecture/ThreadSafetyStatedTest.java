package io.millrace.testkit.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.Proves;
import io.millrace.contracts.ThreadSafety;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassModel;
import java.lang.constant.ClassDesc;
import java.lang.reflect.AccessFlag;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Interfaces that others call or implement say who may call them at the same time. */
class ThreadSafetyStatedTest {
    private static final List<String> MODULES = List.of("contracts", "domain", "channel");
    private static final Set<String> FACES = Set.of("io.millrace.domain.port", "io.millrace.channel");
    private static final ClassDesc THREAD_SAFETY =
            ThreadSafety.class.describeConstable().orElseThrow();

    @Test
    @Proves({"B-05", "G-69"})
    void everyPublicInterfaceStatesItsThreadSafety() {
        var facades = CompiledClasses.of(MODULES)
                .filter(ThreadSafetyStatedTest::isFacade)
                .toList();

        assertThat(facades)
                .extracting(CompiledClasses::name)
                .contains("io.millrace.channel.Channels", "io.millrace.contracts.handler.JobContext");
        assertThat(facades)
                .filteredOn(facade -> !isStated(facade))
                .extracting(CompiledClasses::name)
                .isEmpty();
    }

    @Test
    @Proves("B-05")
    void thereAreThreeLevelsToState() {
        assertThat(ThreadSafety.Level.values())
                .containsExactly(
                        ThreadSafety.Level.THREAD_SAFE,
                        ThreadSafety.Level.READ_SAFE,
                        ThreadSafety.Level.SINGLE_THREADED);
    }

    /** A public interface with behaviour of its own; a sealed one is a set of values, not something to call. */
    private static boolean isFacade(ClassModel model) {
        String name = CompiledClasses.name(model);
        String packageName = name.substring(0, name.lastIndexOf('.'));
        boolean isInView = packageName.startsWith("io.millrace.contracts") || FACES.contains(packageName);
        return isInView
                && model.flags().has(AccessFlag.PUBLIC)
                && model.flags().has(AccessFlag.INTERFACE)
                && !model.flags().has(AccessFlag.ANNOTATION)
                && !name.contains("$")
                && model.findAttribute(Attributes.permittedSubclasses()).isEmpty()
                && model.methods().stream().anyMatch(method -> method.flags().has(AccessFlag.ABSTRACT));
    }

    private static boolean isStated(ClassModel model) {
        return model.findAttribute(Attributes.runtimeVisibleAnnotations()).stream()
                .flatMap(attribute -> attribute.annotations().stream())
                .anyMatch(annotation -> annotation.classSymbol().equals(THREAD_SAFETY));
    }
}
