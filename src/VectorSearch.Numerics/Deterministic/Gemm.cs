using System.Diagnostics;
using System.Runtime.Intrinsics;

namespace VectorSearch.Numerics;

/// <summary>
/// Matrix product whose every output is one chain of fused multiply-adds in rising order of the inner index, so that
/// the bits are the same for any tiling, thread count and vector width. C ← A·B or C ← C + A·B, where A and B are given
/// by strides, so that each may be a transpose.
/// <para>
/// Tiling as in Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008): B is packed into
/// panels of <see cref="PanelWidth"/> columns, and a register tile of 4 × 16 runs down the inner index.
/// </para>
/// </summary>
public static unsafe class Gemm
{
    /// <summary>Columns in one packed panel: two 256-bit vectors.</summary>
    public const int PanelWidth = 16;

    private const int TileRows = 4;

    /// <summary>Floats that <see cref="Pack"/> writes for a B of the given shape.</summary>
    public static long PackedLength(int columns, int inner) => (long)Panels(columns) * PanelWidth * inner;

    /// <summary>Panels that a B of the given width packs into.</summary>
    public static int Panels(int columns) => (columns + PanelWidth - 1) / PanelWidth;

    /// <summary>
    /// Packs B (inner × columns, element (p, j) at <c>b[p·rowStride + j·columnStride]</c>) into panels; the last panel is
    /// filled up with zeros.
    /// </summary>
    public static void Pack(float* b, nint rowStride, nint columnStride, int inner, int columns, float* packed)
    {
        for (int j0 = 0; j0 < columns; j0 += PanelWidth)
        {
            int width = Math.Min(PanelWidth, columns - j0);
            float* panel = packed + ((nint)j0 * inner);
            if (columnStride == 1) PackRows(b + j0, rowStride, inner, width, panel);
            else PackColumns(b + (j0 * columnStride), rowStride, columnStride, inner, width, panel);
        }
    }

    /// <summary>
    /// C (rows × columns, row-major with stride <paramref name="cStride"/>) ← A·B, or C + A·B when
    /// <paramref name="accumulate"/>. Element (i, p) of A is at <c>a[i·rowStride + p·columnStride]</c>.
    /// </summary>
    public static void Multiply(
        float* a, nint aRowStride, nint aColumnStride, float* packedB, float* c, nint cStride, int rows, int inner, int columns,
        bool accumulate)
    {
        Debug.Assert(cStride >= columns);
        float* edge = stackalloc float[PanelWidth];
        for (int j0 = 0; j0 < columns; j0 += PanelWidth)
        {
            int width = Math.Min(PanelWidth, columns - j0);
            float* panel = packedB + ((nint)j0 * inner);
            for (int i0 = 0; i0 < rows; i0 += TileRows)
            {
                int height = Math.Min(TileRows, rows - i0);
                float* tileA = a + (i0 * aRowStride);
                float* tileC = c + (i0 * cStride) + j0;
                if (height == TileRows && width == PanelWidth)
                {
                    Tile(tileA, aRowStride, aColumnStride, panel, tileC, cStride, inner, accumulate);
                }
                else
                {
                    EdgeTile(tileA, aRowStride, aColumnStride, panel, tileC, cStride, height, width, inner, accumulate, edge);
                }
            }
        }
    }

    private static void PackRows(float* b, nint rowStride, int inner, int width, float* panel)
    {
        if (width == PanelWidth)
        {
            for (nint p = 0; p < inner; p++)
            {
                Vector256.Load(b + (p * rowStride)).Store(panel + (p * PanelWidth));
                Vector256.Load(b + (p * rowStride) + 8).Store(panel + (p * PanelWidth) + 8);
            }

            return;
        }

        for (nint p = 0; p < inner; p++)
        {
            for (int j = 0; j < PanelWidth; j++) panel[(p * PanelWidth) + j] = j < width ? b[(p * rowStride) + j] : 0;
        }
    }

    private static void PackColumns(float* b, nint rowStride, nint columnStride, int inner, int width, float* panel)
    {
        for (int j = 0; j < PanelWidth; j++)
        {
            if (j >= width)
            {
                for (nint p = 0; p < inner; p++) panel[(p * PanelWidth) + j] = 0;
                continue;
            }

            float* column = b + (j * columnStride);
            for (nint p = 0; p < inner; p++) panel[(p * PanelWidth) + j] = column[p * rowStride];
        }
    }

    private static void Tile(
        float* a, nint rowStride, nint columnStride, float* panel, float* c, nint cStride, int inner, bool accumulate)
    {
        Vector256<float> c00, c01, c10, c11, c20, c21, c30, c31;
        if (accumulate)
        {
            c00 = Vector256.Load(c);
            c01 = Vector256.Load(c + 8);
            c10 = Vector256.Load(c + cStride);
            c11 = Vector256.Load(c + cStride + 8);
            c20 = Vector256.Load(c + (2 * cStride));
            c21 = Vector256.Load(c + (2 * cStride) + 8);
            c30 = Vector256.Load(c + (3 * cStride));
            c31 = Vector256.Load(c + (3 * cStride) + 8);
        }
        else
        {
            c00 = c01 = c10 = c11 = c20 = c21 = c30 = c31 = Vector256<float>.Zero;
        }

        float* a0 = a;
        float* a1 = a + rowStride;
        float* a2 = a + (2 * rowStride);
        float* a3 = a + (3 * rowStride);
        for (int p = 0; p < inner; p++)
        {
            Vector256<float> b0 = Vector256.Load(panel);
            Vector256<float> b1 = Vector256.Load(panel + 8);
            Vector256<float> x = Vector256.Create(*a0);
            c00 = Vector256.FusedMultiplyAdd(x, b0, c00);
            c01 = Vector256.FusedMultiplyAdd(x, b1, c01);
            x = Vector256.Create(*a1);
            c10 = Vector256.FusedMultiplyAdd(x, b0, c10);
            c11 = Vector256.FusedMultiplyAdd(x, b1, c11);
            x = Vector256.Create(*a2);
            c20 = Vector256.FusedMultiplyAdd(x, b0, c20);
            c21 = Vector256.FusedMultiplyAdd(x, b1, c21);
            x = Vector256.Create(*a3);
            c30 = Vector256.FusedMultiplyAdd(x, b0, c30);
            c31 = Vector256.FusedMultiplyAdd(x, b1, c31);
            panel += PanelWidth;
            a0 += columnStride;
            a1 += columnStride;
            a2 += columnStride;
            a3 += columnStride;
        }

        c00.Store(c);
        c01.Store(c + 8);
        c10.Store(c + cStride);
        c11.Store(c + cStride + 8);
        c20.Store(c + (2 * cStride));
        c21.Store(c + (2 * cStride) + 8);
        c30.Store(c + (3 * cStride));
        c31.Store(c + (3 * cStride) + 8);
    }

    /// <summary>A tile that hangs over the edge: row by row, and only what exists is written back.</summary>
    private static void EdgeTile(
        float* a, nint rowStride, nint columnStride, float* panel, float* c, nint cStride, int height, int width, int inner,
        bool accumulate, float* edge)
    {
        for (int i = 0; i < height; i++)
        {
            float* row = a + (i * rowStride);
            Vector256<float> left = Vector256<float>.Zero;
            Vector256<float> right = Vector256<float>.Zero;
            if (accumulate)
            {
                for (int j = 0; j < PanelWidth; j++) edge[j] = j < width ? c[(i * cStride) + j] : 0;
                left = Vector256.Load(edge);
                right = Vector256.Load(edge + 8);
            }

            for (nint p = 0; p < inner; p++)
            {
                Vector256<float> x = Vector256.Create(row[p * columnStride]);
                left = Vector256.FusedMultiplyAdd(x, Vector256.Load(panel + (p * PanelWidth)), left);
                right = Vector256.FusedMultiplyAdd(x, Vector256.Load(panel + (p * PanelWidth) + 8), right);
            }

            left.Store(edge);
            right.Store(edge + 8);
            for (int j = 0; j < width; j++) c[(i * cStride) + j] = edge[j];
        }
    }
}
