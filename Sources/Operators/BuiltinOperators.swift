package import Dataflow

/// Every operator that Martlet has, by the name that a pipeline file uses.
package enum BuiltinOperators {
    package static let all: [any OperatorFactory] = [
        FilterFactory(), SelectFactory(), DedupeFactory(), UnnestFactory(), LookupFactory(), UnionFactory(),
        AggregateFactory(), TopFactory(), JoinFactory(), AlertFactory(), AnomalyFactory(), CrisisFactory(),
        TrendFactory(),
        SentimentFactory(), EntitiesFactory(), SimilarFactory(), LanguageFactory(),
    ]
}
