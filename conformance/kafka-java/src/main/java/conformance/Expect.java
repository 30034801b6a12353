package conformance;

import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** What must be so. */
class Expect {
  static void equal(Object actual, Object expected) {
    if (!Objects.equals(actual, expected)) throw new AssertionError("got " + actual + ", not " + expected);
  }

  static void that(boolean so, Object otherwise) {
    if (!so) throw new AssertionError(String.valueOf(otherwise));
  }

  /** The error of this class that it must end with. */
  static <E extends Throwable> E failure(Class<E> kind, Future<?> future) throws Exception {
    try {
      Object value = future.get(20, TimeUnit.SECONDS);
      throw new AssertionError("no " + kind.getSimpleName() + ", but " + value);
    } catch (ExecutionException error) {
      return cast(kind, error.getCause());
    }
  }

  static <E extends Throwable> E failure(Class<E> kind, Conformance.Body body) {
    try {
      body.run();
    } catch (Exception error) {
      return cast(kind, error);
    }
    throw new AssertionError("no " + kind.getSimpleName());
  }

  private static <E extends Throwable> E cast(Class<E> kind, Throwable error) {
    if (kind.isInstance(error)) return kind.cast(error);
    throw new AssertionError("not " + kind.getSimpleName() + " but " + error, error);
  }
}
