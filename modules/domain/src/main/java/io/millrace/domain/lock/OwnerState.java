package io.millrace.domain.lock;

import java.util.ArrayList;
import java.util.List;

/** Everything one owner holds, in the order of the grants, and waits for. */
final class OwnerState {
    final List<Holding> holdings = new ArrayList<>();
    final List<Waiter> waits = new ArrayList<>();
}
