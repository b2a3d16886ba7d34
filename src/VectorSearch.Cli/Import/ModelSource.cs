using VectorSearch.Learn;

namespace VectorSearch.Cli.Import;

/// <summary>Points from a learned model: the items of one of its questions, with titles and genres where a catalogue is given.</summary>
internal static class ModelSource
{
    /// <summary>Yields the items that training speaks of; an item without data has no direction and is left out.</summary>
    /// <param name="path">The model's file, for messages.</param>
    /// <param name="model">The model.</param>
    /// <param name="question">Its question.</param>
    /// <param name="films">Titles and genres by id; null for none.</param>
    public static IEnumerable<ImportRow> Read(string path, LearnedModel model, ModelQuestion question, FilmCatalog? films)
    {
        for (int row = 0; row < question.Items.Rows; row++)
        {
            if (question.Items.IsZero(row)) continue;
            string id = model.Items[row];
            Film? film = null;
            films?.TryGet(id, out film);
            Dictionary<string, object?>? payload = film is null ? null : new() { ["title"] = film.Title, ["genres"] = film.Genres };
            yield return new ImportRow(id, question.Items[row].ToArray(), null, payload, new RowOrigin(path, row, IsLine: false, question.Items.Rows));
        }
    }
}
