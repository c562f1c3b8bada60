package io.millrace.testkit.architecture;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import io.millrace.contracts.ThreadSafety;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.apache.pekko.actor.typed.Behavior;

/**
 * Finds who has state that more than one thread comes to: actors, classes that say they are thread-safe, and classes that
 * are built of something made for several threads. A nested class counts as the one around it.
 */
final class SharedClasses {
    /** How access to shared state is ordered, as far as compiled code shows it. */
    enum Order {
        /** An actor: one message at a time. */
        MAILBOX,
        /** A counter, a reference or a result that is changed in one step. */
        ATOMIC,
        /** A field that is written as a whole and seen by all. */
        VOLATILE,
        /** A map, set or queue for several threads. */
        CONCURRENT
    }

    private SharedClasses() {}

    /** Every such class by its name below {@code io.millrace}, for example {@code channel/JobIds}. */
    static Map<String, Set<Order>> in(JavaClasses classes) {
        Map<String, Set<Order>> found = new TreeMap<>();
        for (JavaClass type : classes) {
            Set<Order> orders = orders(type);
            if (!orders.isEmpty() || isStatedThreadSafe(type)) {
                found.computeIfAbsent(path(type), _ -> EnumSet.noneOf(Order.class))
                        .addAll(orders);
            }
        }
        return found;
    }

    private static Set<Order> orders(JavaClass type) {
        Set<Order> orders = EnumSet.noneOf(Order.class);
        if (isActor(type)) {
            orders.add(Order.MAILBOX);
        }
        for (JavaField field : type.getFields()) {
            if (isAtomic(field.getRawType().getBaseComponentType())) {
                orders.add(Order.ATOMIC);
            }
            if (field.getModifiers().contains(JavaModifier.VOLATILE)) {
                orders.add(Order.VOLATILE);
            }
        }
        if (type.getCodeUnits().stream().anyMatch(SharedClasses::makesConcurrentCollection)) {
            orders.add(Order.CONCURRENT);
        }
        return orders;
    }

    /** A class whose instances are behaviours, or one that makes behaviours of functions. */
    private static boolean isActor(JavaClass type) {
        return type.isAssignableTo(Behavior.class)
                || type.getMethods().stream()
                        .anyMatch(method -> method.getName().equals("create")
                                && method.getRawReturnType().isEquivalentTo(Behavior.class));
    }

    private static boolean isStatedThreadSafe(JavaClass type) {
        return !type.isInterface()
                && type.tryGetAnnotationOfType(ThreadSafety.class)
                        .filter(stated -> stated.value() == ThreadSafety.Level.THREAD_SAFE)
                        .isPresent();
    }

    private static boolean isAtomic(JavaClass type) {
        return type.getPackageName().equals("java.util.concurrent.atomic")
                || type.isEquivalentTo(CompletableFuture.class)
                || type.isEquivalentTo(CountDownLatch.class);
    }

    private static boolean makesConcurrentCollection(JavaCodeUnit code) {
        return code.getCallsFromSelf().stream()
                .anyMatch(call -> call.getTargetOwner().getPackageName().equals("java.util.concurrent")
                        && call.getTargetOwner().getSimpleName().matches("(Concurrent|CopyOnWrite).*")
                        && call.getName().matches("<init>|newKeySet"));
    }

    private static String path(JavaClass type) {
        String name = type.getName().replaceFirst("\\$.*", "");
        return name.substring("io.millrace.".length()).replace('.', '/');
    }
}
