package io.millrace.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.ListInParts.Part;
import io.millrace.channel.fixture.Callers;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

class ListInPartsTest {
    private final List<Integer> asked = new ArrayList<>();

    private record Named(String id, int version) {}

    @Test
    void partsAreAskedForUntilTheLastOne() throws Exception {
        var all = ListInParts.all(offset -> part(offset, offset < 4, "a" + offset, "b" + offset), Named::id);

        assertThat(Callers.await(all)).extracting(Named::id).containsExactly("a0", "b0", "a2", "b2", "a4", "b4");
        assertThat(asked).containsExactly(0, 2, 4);
    }

    /** An element that is added in front between two parts moves the last one of the first part into the second. */
    @Test
    void elementThatComesTwiceIsListedOnceAsItCameFirst() throws Exception {
        var all = ListInParts.all(
                offset -> offset == 0 ? part(0, true, "a", "b") : part(offset, false, "b", "c"), Named::id);

        assertThat(Callers.await(all)).containsExactly(new Named("a", 0), new Named("b", 0), new Named("c", 2));
        assertThat(asked).containsExactly(0, 2);
    }

    @Test
    void listThatIsEmptyIsOnePart() throws Exception {
        var all = ListInParts.all(offset -> part(offset, false), Named::id);

        assertThat(Callers.await(all)).isEmpty();
        assertThat(asked).containsExactly(0);
    }

    private CompletionStage<Part<Named>> part(int offset, boolean isFollowed, String... ids) {
        asked.add(offset);
        List<Named> elements = new ArrayList<>();
        for (String id : ids) {
            elements.add(new Named(id, offset));
        }
        return CompletableFuture.completedStage(new Part<>(elements, !isFollowed));
    }
}
