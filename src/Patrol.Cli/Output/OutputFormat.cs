namespace Patrol.Cli.Output;

/// <summary>How data is written.</summary>
internal enum OutputFormat
{
    /// <summary>For people, on a terminal.</summary>
    Table,

    /// <summary>In the words of GitLab's scripts and rake tasks.</summary>
    Lines,

    Json,
    Csv,
}
