import COneDNN
import Primitives

/// The one place where oneDNN is called: an engine and a stream of the processor, used from one thread.
final class OneDNN {
    private var engineHandle: dnnl_engine_t?
    private var streamHandle: dnnl_stream_t?

    /// - Throws: `model.arithmetic`: oneDNN cannot work here.
    init() throws(Fault) {
        omp_set_num_threads(1)
        try Self.check(dnnl_engine_create(&engineHandle, dnnl_cpu, 0))
        try Self.check(
            dnnl_stream_create(&streamHandle, engineHandle, UInt32(dnnl_stream_default_flags.rawValue)))
    }

    deinit {
        if let streamHandle { dnnl_stream_destroy(streamHandle) }
        if let engineHandle { dnnl_engine_destroy(engineHandle) }
    }

    var engine: dnnl_engine_t? { engineHandle }
    var stream: dnnl_stream_t? { streamHandle }

    /// From now on products that this thread asks for run on this thread alone.
    static func stayOnThisThread() { omp_set_num_threads(1) }

    static func check(_ status: dnnl_status_t) throws(Fault) {
        guard status == dnnl_success else {
            throw Fault(
                "model.arithmetic", "oneDNN refuses a matrix product", detail: "status \(status.rawValue)",
                domain: .internal)
        }
    }

    /// result = left × right, or left × rightᵀ where `right` has a row for each column of the result; in float. Rows
    /// begin `…Stride` numbers apart.
    static func multiply(
        _ left: UnsafePointer<Float>, stride leftStride: Int, _ right: UnsafePointer<Float>, stride rightStride: Int,
        transposed: Bool, rows: Int, inner: Int, columns: Int, factor: Float = 1,
        into result: UnsafeMutablePointer<Float>, stride resultStride: Int
    ) throws(Fault) {
        guard rows > 0 else { return }
        try check(
            dnnl_sgemm(
                CChar(UInt8(ascii: "N")), CChar(UInt8(ascii: transposed ? "T" : "N")), dnnl_dim_t(rows),
                dnnl_dim_t(columns), dnnl_dim_t(inner), factor, left, dnnl_dim_t(leftStride), right,
                dnnl_dim_t(rightStride), 0, result, dnnl_dim_t(resultStride)))
    }
}
