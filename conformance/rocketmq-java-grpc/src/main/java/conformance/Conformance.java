package conformance;

import checks.Checks;

/**
 * Apache RocketMQ's Java client 5 (gRPC) against the endpoint at args[0], whose name server is at args[1]: a line a
 * check, exit code 1 if one fails. args[2]: only the checks with this in their name.
 */
public class Conformance {
  private static Checks<Scene> checks;

  public static void main(String[] args) throws Exception {
    Scene.endpoint = args[0];
    Scene.nameServer = args[1];
    checks = new Checks<>(Scene::new, args.length > 2 ? args[2] : "");
    Transactions.checks();
    SimpleConsuming.checks();
    PushConsuming.checks();
    InOrder.checks();
    Delaying.checks();
    Sending.checks();
    checks.runAll();
  }

  static void check(String name, Checks.Body<Scene> body) {
    checks.add(name, body);
  }
}
