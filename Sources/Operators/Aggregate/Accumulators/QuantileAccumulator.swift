import Columnar
import Detection

/// `quantile`: a DDSketch of the values; null rows, NaN and infinities are left out.
final class QuantileAccumulator: SketchAccumulator<DDSketch> {
    private let quantile: Double

    init(_ quantile: Double) {
        self.quantile = quantile
        super.init(DDSketch())
    }

    override func fold(_ rows: [UInt32], _ groups: [UInt32], _ input: Column?) {
        if let values = input?.asInt64 {
            for index in rows.indices where values.isValid(Int(rows[index])) {
                _ = sketches[Int(groups[index])].insert(Double(values.values[Int(rows[index])]))
            }
        } else if let values = input?.asFloat64 {
            for index in rows.indices where values.isValid(Int(rows[index])) {
                _ = sketches[Int(groups[index])].insert(values.values[Int(rows[index])])
            }
        }
    }

    override func appendResult(_ group: Int, to builder: ColumnBuilder) {
        if let value = sketches[group].quantile(quantile) { builder.append(value) } else { builder.appendNull() }
    }
}
