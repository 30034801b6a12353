import java.io.File;
import java.net.URI;
import org.apache.activemq.broker.BrokerService;
import org.apache.activemq.store.kahadb.KahaDBPersistenceAdapter;

/** ActiveMQ as it is distributed, but for where it listens and where its data is: `java Broker.java PORT FOLDER [STOMP PORT]`. */
public class Broker {
  public static void main(String[] args) throws Exception {
    BrokerService broker = new BrokerService();
    broker.setBrokerName("localhost");
    broker.setUseJmx(false);
    KahaDBPersistenceAdapter store = new KahaDBPersistenceAdapter();
    store.setDirectory(new File(args[1]));
    broker.setPersistenceAdapter(store);
    broker.setDataDirectory(args[1]);
    broker.addConnector(new URI("tcp://127.0.0.1:" + args[0] + "?maximumConnections=5000"));
    if (args.length > 2) broker.addConnector(new URI("stomp://127.0.0.1:" + args[2]));
    broker.start();
    broker.waitUntilStarted();
    System.out.println("started");
    System.out.flush();
    broker.waitUntilStopped();
  }
}
