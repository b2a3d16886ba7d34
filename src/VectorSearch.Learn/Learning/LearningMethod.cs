namespace VectorSearch.Learn;

/// <summary>The learners of interactions.</summary>
public enum LearningMethod
{
    /// <summary>Implicit alternating least squares: <see cref="IalsLearner"/>.</summary>
    Ials = 1,

    /// <summary>The full linear autoencoder, as baseline: <see cref="EaseLearner"/>.</summary>
    Ease = 2,

    /// <summary>Matrix factorisation under a contrastive loss on cosines: <see cref="ContrastiveLearner"/>.</summary>
    Contrastive = 3,

    /// <summary>The same through light graph convolution: <see cref="ContrastiveLearner"/> with layers.</summary>
    Graph = 4,

    /// <summary>The deep collaborative-filtering net: <see cref="DeepLearner"/>.</summary>
    Deep = 5,
}

/// <summary>What the final model is trained on, and what evaluation masks.</summary>
public enum LearningProtocol
{
    /// <summary>After tuning, train on all that is not test, validation included, and mask the same.</summary>
    Refit = 1,

    /// <summary>As published tables: never fit on the validation file, and mask the training file only.</summary>
    Table = 2,
}
