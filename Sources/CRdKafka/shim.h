// The Kafka client: headers from Debian, the runtime library from tools/setup.
#pragma once
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
