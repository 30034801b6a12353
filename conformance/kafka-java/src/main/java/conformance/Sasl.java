package conformance;

import static conformance.Broker.numbered;
import static conformance.Broker.producer;
import static conformance.Broker.topic;
import static conformance.Broker.values;
import static conformance.Conformance.check;
import static conformance.Conformance.skip;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.UnsupportedSaslMechanismException;

/** SASL PLAIN with the user and password that brokers know from the start. */
class Sasl {
  private static final String MODULES = "org.apache.kafka.common.security.";
  private static final String PLAIN = "plain.PlainLoginModule";

  static void checks() {
    if (Broker.saslAddress.isEmpty()) {
      skip("sasl", "no port with SASL was given");
      return;
    }

    check("sasl plain", () -> {
      String topic = topic(1);
      try (KafkaProducer<String, String> producer = producer(login("PLAIN", PLAIN, "guest"))) {
        Broker.produce(producer, topic, 0, numbered(5));
      }
      Expect.equal(values(Broker.read(topic, 0, 5, login("PLAIN", PLAIN, "guest"))), numbered(5));
    });

    check("sasl plain with a wrong password", () -> {
      try (Admin admin = Admin.create(Broker.pairs(login("PLAIN", PLAIN, "wrong")))) {
        Expect.failure(SaslAuthenticationException.class, admin.listTopics().names());
      }
    });

    check("sasl by a mechanism that is not there", () -> {
      Object[] scram = login("SCRAM-SHA-512", "scram.ScramLoginModule", "guest");
      try (Admin admin = Admin.create(Broker.pairs(scram))) {
        Expect.failure(UnsupportedSaslMechanismException.class, admin.listTopics().names());
      }
    });
  }

  private static Object[] login(String mechanism, String module, String password) {
    String login = MODULES + module + " required username=\"guest\" password=\"" + password + "\";";
    return new Object[] {
      "bootstrap.servers", Broker.saslAddress,
      "security.protocol", "SASL_PLAINTEXT",
      "sasl.mechanism", mechanism,
      "sasl.jaas.config", login,
    };
  }
}
