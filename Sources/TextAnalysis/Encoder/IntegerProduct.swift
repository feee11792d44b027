import COneDNN
import Primitives

/// Products of rows of unsigned bytes with matrices of one shape. Used from one thread.
final class IntegerProduct {
    /// Rows of a product. A block of rows and what becomes of it stay in the nearest caches; oneDNN is as fast with 32
    /// rows as with 512.
    static let blockRows = 32

    let inner: Int
    let columns: Int
    private let description: ProductDescription
    private var primitive: dnnl_primitive_t?
    private var source: dnnl_memory_t?
    private var weights: dnnl_memory_t?
    private var result: dnnl_memory_t?
    private var scratch: dnnl_memory_t?
    private let scratchBytes: AlignedMemory<UInt8>
    private let stream: dnnl_stream_t?

    /// - Parameter matrix: any one of the shape.
    /// - Throws: `model.arithmetic`.
    init(like matrix: PackedMatrix, _ oneDNN: OneDNN) throws(Fault) {
        inner = matrix.inner
        columns = matrix.columns
        stream = oneDNN.stream
        description = try ProductDescription(
            rows: Self.blockRows, inner: inner, columns: columns, weights: matrix.layout, oneDNN)
        var layouts = (description.source, description.weights, description.result, description.scratch)
        scratchBytes = AlignedMemory(count: max(64, dnnl_memory_desc_get_size(&layouts.3)), zero: 0)
        try OneDNN.check(dnnl_primitive_create(&primitive, description.handle))
        // The places of the numbers are given with each product.
        try OneDNN.check(dnnl_memory_create(&source, &layouts.0, oneDNN.engine, nil))
        try OneDNN.check(dnnl_memory_create(&weights, &layouts.1, oneDNN.engine, nil))
        try OneDNN.check(dnnl_memory_create(&result, &layouts.2, oneDNN.engine, nil))
        try OneDNN.check(dnnl_memory_create(&scratch, &layouts.3, oneDNN.engine, scratchBytes.base))
    }

    deinit {
        for memory in [source, weights, result, scratch] {
            if let memory { dnnl_memory_destroy(memory) }
        }
        if let primitive { dnnl_primitive_destroy(primitive) }
    }

    /// Multiplies a block of `blockRows` rows.
    /// - Throws: `model.arithmetic`.
    func multiply(_ rows: UnsafeMutablePointer<UInt8>, _ matrix: PackedMatrix, into sums: UnsafeMutablePointer<Int32>)
        throws(Fault)
    {
        assert(matrix.inner == inner && matrix.columns == columns, "a product is of one shape")
        try OneDNN.check(dnnl_memory_set_data_handle(source, rows))
        try OneDNN.check(dnnl_memory_set_data_handle(weights, matrix.memory.base))
        try OneDNN.check(dnnl_memory_set_data_handle(result, sums))
        let arguments = (
            dnnl_exec_arg_t(arg: DNNL_ARG_SRC, memory: source),
            dnnl_exec_arg_t(arg: DNNL_ARG_WEIGHTS_0, memory: weights),
            dnnl_exec_arg_t(arg: DNNL_ARG_DST, memory: result),
            dnnl_exec_arg_t(arg: DNNL_ARG_SCRATCHPAD, memory: scratch)
        )
        try OneDNN.check(
            withUnsafePointer(to: arguments) { pointer in
                dnnl_primitive_execute(
                    primitive, stream, 4, UnsafeRawPointer(pointer).assumingMemoryBound(to: dnnl_exec_arg_t.self))
            })
    }
}
