using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.Extensions.DependencyInjection;

namespace VectorSearch.Grpc.Kestrel;

/// <summary>
/// Which web pages may call the server from a browser (CORS). Without origins none may; programs other than browsers do
/// not ask.
/// </summary>
public sealed record GrpcCors
{
    private const string PolicyName = "VectorSearch.Grpc";

    private static readonly string[] ExposedHeaders =
        ["grpc-status", "grpc-message", StatusHeaders.Details, EncodingNames.HeaderName, EncodingNames.AcceptHeaderName];

    private static readonly string[] RequestHeaderNames =
    [
        "content-type", "content-encoding", "x-grpc-web", "x-user-agent", GrpcTimeout.HeaderName, "connect-protocol-version",
        "connect-timeout-ms", "authorization", "x-api-key",
    ];

    /// <summary>Origins as <c>https://films.example</c>, or <c>*</c> for every page.</summary>
    public IReadOnlyList<string> AllowedOrigins { get; init; } = [];

    /// <summary>Names of metadata that pages may send beside those of the protocols.</summary>
    public IReadOnlyList<string> AllowedMetadata { get; init; } = [];

    /// <summary>Names of metadata that pages may read.</summary>
    public IReadOnlyList<string> ExposedMetadata { get; init; } = [];

    /// <summary>How long a browser may remember the answer.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromHours(2);

    /// <summary>Registers the policy.</summary>
    /// <exception cref="ArgumentException">An origin is none; the message names all that are.</exception>
    public void AddTo(IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        string[] faults = [.. AllowedOrigins.Where(origin => !IsOrigin(origin))];
        if (faults.Length > 0)
            throw new ArgumentException($"CORS origins are 'scheme://host[:port]' or '*', these are not: {string.Join(", ", faults)}.");
        services.AddCors(cors => cors.AddPolicy(PolicyName, Describe));
    }

    /// <summary>Puts the policy before the endpoints of an application.</summary>
    public static void Use(IApplicationBuilder app) => app.UseCors(PolicyName);

    private void Describe(CorsPolicyBuilder policy)
    {
        if (AllowedOrigins.Contains("*")) policy.AllowAnyOrigin();
        else policy.WithOrigins([.. AllowedOrigins]);
        policy.WithMethods("POST", "GET")
            .WithHeaders([.. RequestHeaderNames, .. AllowedMetadata])
            .WithExposedHeaders([.. ExposedHeaders, .. ExposedMetadata])
            .SetPreflightMaxAge(MaxAge);
    }

    private static bool IsOrigin(string origin) =>
        origin == "*" || (Uri.TryCreate(origin, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https" && uri.AbsolutePath == "/"
            && !origin.EndsWith('/'));
}
