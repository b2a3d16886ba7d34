namespace VectorSearch.Client;

/// <summary>A place on Earth.</summary>
/// <param name="Latitude">Degrees, north positive.</param>
/// <param name="Longitude">Degrees, east positive.</param>
public readonly record struct GeoPoint(double Latitude, double Longitude);
