package io.millrace.testkit.architecture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import io.millrace.contracts.Proves;
import io.millrace.contracts.ThreadSafety;
import io.millrace.testkit.architecture.SharedClasses.Order;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.junit.jupiter.api.Test;

/** What is shared is written down, with what orders the access to it, and the code does just that. */
class OwnershipTest {
    private final OwnershipTable table = OwnershipTable.read();
    private final Map<String, Set<Order>> shared = SharedClasses.in(ProductClasses.all());

    @Test
    @Proves("G-58")
    void everythingThatIsSharedIsListedAndNothingElse() {
        assertThat(shared).containsKeys("channel/Channel", "channel/JobIds", "node/MembershipLog");
        assertThat(table.orders().keySet()).isEqualTo(shared.keySet());
    }

    @Test
    @Proves("G-59")
    void theOrderOfAccessThatIsStatedIsTheOneInTheCode() {
        Map<String, Set<String>> stated = new TreeMap<>();
        Map<String, Set<String>> found = new TreeMap<>();
        shared.forEach((name, orders) -> {
            Set<String> words = new TreeSet<>(table.orders().getOrDefault(name, Set.of()));
            assertThat(words).as(name).isNotEmpty().isSubsetOf(table.words());
            words.retainAll(words(Set.of(Order.values())));
            stated.put(name, words);
            found.put(name, words(orders));
        });

        assertThat(stated).isEqualTo(found);
    }

    @Test
    void everyKindOfSharedStateIsFound() {
        assertThat(ordersOf(FunctionActor.class)).containsExactly(Set.of(Order.MAILBOX));
        assertThat(ordersOf(Atomic.class)).containsExactly(Set.of(Order.ATOMIC));
        assertThat(ordersOf(Volatile.class)).containsExactly(Set.of(Order.VOLATILE));
        assertThat(ordersOf(Concurrent.class)).containsExactly(Set.of(Order.CONCURRENT));
        assertThat(ordersOf(Stated.class)).containsExactly(Set.of());
        assertThat(ordersOf(Plain.class)).isEmpty();
    }

    @Test
    void aClassThatIsInTheTableTwiceIsRefused() {
        var lines = List.of("## Who owns what", "| `a/B` | one | mailbox |", "| `a/C`, `a/B` | two | atomic |");

        assertThatThrownBy(() -> OwnershipTable.parse(lines)).hasMessageContaining("a/B");
    }

    private static Collection<Set<Order>> ordersOf(Class<?> sample) {
        return SharedClasses.in(new ClassFileImporter().importClasses(sample)).values();
    }

    private static Set<String> words(Set<Order> orders) {
        return orders.stream()
                .map(order -> order.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.toSet());
    }

    private static final class FunctionActor {
        static Behavior<String> create() {
            return Behaviors.empty();
        }
    }

    private static final class Atomic {
        private final AtomicLong[] counts = {new AtomicLong()};

        long first() {
            return counts[0].get();
        }
    }

    private static final class Volatile {
        private volatile boolean isDone;

        boolean done() {
            isDone = true;
            return isDone;
        }
    }

    private static final class Concurrent {
        private final Queue<String> waiting = new ConcurrentLinkedQueue<>();

        boolean isEmpty() {
            return waiting.isEmpty();
        }
    }

    @ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
    private static final class Stated {}

    @ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
    private static final class Plain {}
}
