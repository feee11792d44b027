// Takes every record of a topic from the broker and does nothing with it: what librdkafka alone costs.
//
//   consume BROKERS TOPIC PARTITIONS    prints the number of records and the seconds since it began
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { BATCH = 10000, WAIT_MS = 500, SILENCE_S = 30 };

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void set(rd_kafka_conf_t *settings, const char *name, const char *value) {
    char error[512];
    if (rd_kafka_conf_set(settings, name, value, error, sizeof error) != RD_KAFKA_CONF_OK) {
        fprintf(stderr, "consume: %s\n", error);
        exit(1);
    }
}

static rd_kafka_t *consumer(const char *brokers) {
    char error[512];
    rd_kafka_conf_t *settings = rd_kafka_conf_new();
    set(settings, "bootstrap.servers", brokers);
    set(settings, "group.id", "consume");
    set(settings, "enable.auto.commit", "false");
    set(settings, "enable.partition.eof", "true");
    set(settings, "fetch.message.max.bytes", "8388608");
    set(settings, "queued.min.messages", "500000");
    set(settings, "queued.max.messages.kbytes", "1048576");
    rd_kafka_t *client = rd_kafka_new(RD_KAFKA_CONSUMER, settings, error, sizeof error);
    if (client == NULL) {
        fprintf(stderr, "consume: %s\n", error);
        exit(1);
    }
    return client;
}

int main(int count, char **arguments) {
    if (count != 4) {
        fprintf(stderr, "usage: consume BROKERS TOPIC PARTITIONS\n");
        return 2;
    }
    static rd_kafka_message_t *batch[BATCH];
    int partitions = atoi(arguments[3]), ended = 0;
    long records = 0;
    double started = now(), heard = started;
    rd_kafka_t *client = consumer(arguments[1]);
    rd_kafka_topic_partition_list_t *lanes = rd_kafka_topic_partition_list_new(partitions);
    for (int lane = 0; lane < partitions; lane++)
        rd_kafka_topic_partition_list_add(lanes, arguments[2], lane)->offset = 0;
    rd_kafka_assign(client, lanes);
    rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(client);
    while (ended < partitions) {
        ssize_t taken = rd_kafka_consume_batch_queue(queue, WAIT_MS, batch, BATCH);
        if (taken > 0) heard = now();
        for (ssize_t index = 0; index < taken; index++) {
            if (batch[index]->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) ended++;
            else if (batch[index]->err) fprintf(stderr, "consume: %s\n", rd_kafka_message_errstr(batch[index]));
            else records++;
            rd_kafka_message_destroy(batch[index]);
        }
        if (now() - heard > SILENCE_S) {
            fprintf(stderr, "consume: the broker is silent\n");
            return 1;
        }
    }
    printf("%ld %f\n", records, now() - started);
    fflush(stdout);
    // Closing the client would wait for its threads, and is not what is measured.
    _Exit(0);
}
